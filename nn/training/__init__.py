"""Training: the loop and what it can be told, the monitor and its history, metrics, and the diagnosis."""
