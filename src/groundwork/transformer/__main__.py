"""`python -m groundwork.transformer sample CHECKPOINT --prompt ...`"""

import sys

from groundwork.transformer.cli import main

sys.exit(main())
