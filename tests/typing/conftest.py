"""The two programs are for checkers, and not to be imported in search of doctests."""

collect_ignore = ["user_program.py", "mistakes.py"]
