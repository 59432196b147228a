"""The shared hall: seeds, atomic writes, claims, provenance, timing, plot style. No rooms."""
