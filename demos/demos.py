"""Why `python demos/s04_linear.py` works as well as `python -m demos 4`.

A script finds what lies beside it, and this does: when it asks for the package `demos` it gets this file, which says where the package is.
"""

from pathlib import Path

__path__ = [str(Path(__file__).parent)]
