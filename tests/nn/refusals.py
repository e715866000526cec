"""Expecting an error by all that its message must say."""

from contextlib import contextmanager

import pytest


@contextmanager
def refusal(kind, *parts):
    """The block raises exactly `kind`, and every part is in the message."""
    with pytest.raises(kind) as error:
        yield
    assert error.type is kind
    missing = [part for part in parts if part not in str(error.value)]
    assert not missing, f"{missing} not in {error.value}"
