"""PyTorch for the rooms that are commands too; where it is missing, one line says what brings it.

`python -m groundwork.transformer` imports its package before any code of the command runs, so the
package imports this first.
"""

import sys

from groundwork.core.extras import remedy

try:
    import torch
except ModuleNotFoundError as problem:
    if sys.argv[:1] == ["-m"]:  # as Python has it while it imports the package of `-m package`
        sys.exit(f"error: {remedy(problem)}")
    raise ModuleNotFoundError(remedy(problem), name=problem.name) from None

__all__ = ["torch"]
