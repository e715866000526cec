"""The command line: its words, its commands, and the doctor."""
