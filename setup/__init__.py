"""What a fresh machine needs before Curtsy runs on it; the standard library only, for nothing is installed yet."""
