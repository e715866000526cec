"""Every test, doctests included, leaves the op table as it was, whatever rows it adds."""

import pytest

from autograd import OPS


@pytest.fixture(autouse=True)
def leave_the_op_table_as_it_was():
    before = dict(OPS)
    yield
    if before != OPS:
        OPS.clear()
        OPS.update(before)
