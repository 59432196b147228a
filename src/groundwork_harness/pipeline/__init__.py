"""What serves the pipeline: steps and figures as commands, closures, data sets, ledger.

Moves files and decides what is stale; computes no result. Rooms never import it, and code
closures stop at its door: an edit here reruns nothing, but for `media`, the look of all pictures.
"""
