"""PyTorch's figures, and agreement with them."""

import json
import math
from pathlib import Path

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-12


def near(got, wanted, tolerance=TOLERANCE):
    """Whether Values or numbers, nested to any depth, agree to 1e-12, relative or absolute."""
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(near(x, y, tolerance) for x, y in zip(got, wanted))
    return math.isclose(float(got), wanted, rel_tol=tolerance, abs_tol=tolerance)
