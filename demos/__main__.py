"""`python -m demos`: see `command.py`."""

import sys

from .command import command

if __name__ == "__main__":
    command(sys.argv[1:])
