"""Training: the loop and its settings, the monitor and its history, metrics, the diagnosis."""
