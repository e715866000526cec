"""Why `python demos/s04_linear.py` works as well as `python -m demos 4`, in any folder and without installing anything.

A script finds what lies in its own folder, and this does: when it asks for the package `demos` it gets this file, which says where the
package is, and where those are that it builds on. That is this repository, before any that may be installed.
"""

import sys
from pathlib import Path

__path__ = [str(Path(__file__).parent)]

if __name__ == "demos":
    sys.path.insert(0, str(Path(__file__).parents[1]))
