"""`python -m viz` is the command line for drawings; `glassgrad` is the same, plus the lesson."""

import sys

from viz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
