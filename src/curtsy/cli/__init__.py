"""The command line: what an operator and a caller type."""
