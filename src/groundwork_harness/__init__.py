"""The harness of the curriculum: runs its steps, sets its documents. README.md says where to look."""
