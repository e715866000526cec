"""Which files here are no tests."""

collect_ignore = ["make_reference.py"]  # it imports torch, which the tests do without
