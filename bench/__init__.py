"""What `make bench` runs: our figures, and what a user would build instead, side by side."""
