"""Every test, doctests included, leaves the op table as it was, whatever rows it adds."""

from importlib.util import find_spec

import pytest

LEFT_OUT = ["viz/live/web"]
"""What runs in Pyodide alone, and what needs a package that is not there."""

if not find_spec("matplotlib"):
    LEFT_OUT.append("viz/plots")
if not find_spec("anywidget"):
    LEFT_OUT.append("viz/live/widget.py")
if not find_spec("sklearn"):
    LEFT_OUT.append("nn/estimators")


def pytest_ignore_collect(collection_path):
    """Where the packages are installed as well, to which `collect_ignore` would not reach."""
    path = collection_path.as_posix()
    return True if any(f"/{folder}/" in f"{path}/" for folder in LEFT_OUT) else None


@pytest.fixture(autouse=True)
def leave_the_op_table_as_it_was():
    # Imported only here: what is imported with this file, coverage does not see run.
    from autograd import OPS

    before = dict(OPS)
    yield
    if before != OPS:
        OPS.clear()
        OPS.update(before)
