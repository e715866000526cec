"""The compiler writes large arrays in another way; tests of small ones take that path, too."""

import pytest


@pytest.fixture
def all_large(monkeypatch):
    """The compiler takes all arrays for large ones."""
    from autograd.compiler import memory

    monkeypatch.setattr(memory, "WEIGHTS", 1)
    monkeypatch.setattr(memory, "ROWS", 1)


@pytest.fixture(params=["as they are", "as if large"])
def both_sizes(request):
    """Arrays as they are, and then as if all of them were large."""
    if request.param == "as if large":
        request.getfixturevalue("all_large")
