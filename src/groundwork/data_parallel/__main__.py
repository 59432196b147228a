"""`python -m groundwork.data_parallel train --ranks 2 ...`, also under torchrun and srun."""

import sys

from groundwork.data_parallel.cli import main

if __name__ == "__main__":  # ranks started by `spawn` import this file too
    sys.exit(main())
