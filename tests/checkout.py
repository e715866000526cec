"""Where the checkout is: around the tests, or at $GLASSGRAD_CHECKOUT if they were copied."""

import os
from pathlib import Path

import demos

CHECKOUT = Path(os.environ.get("GLASSGRAD_CHECKOUT") or Path(__file__).parents[1])
"""The README, the figures, and everything else that no wheel holds."""

HOME = Path(demos.__file__).parents[1]
"""The folder in which `python -m demos` finds the lesson."""
