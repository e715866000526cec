"""Every test, doctests included, leaves the op table as it was, whatever rows it adds."""

from importlib.util import find_spec

import pytest

collect_ignore = ["viz/live/web"]
"""What runs in Pyodide alone, and doctests of plots where there is nothing to plot with."""

if not find_spec("matplotlib"):
    collect_ignore.append("viz/plots")


@pytest.fixture(autouse=True)
def leave_the_op_table_as_it_was():
    # Imported only here: what is imported with this file, coverage does not see run.
    from autograd import OPS

    before = dict(OPS)
    yield
    if before != OPS:
        OPS.clear()
        OPS.update(before)
