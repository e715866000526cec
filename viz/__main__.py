"""`python -m viz` is the command line of drawings; `glassgrad` is the same, with the lesson."""

import sys

from viz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
