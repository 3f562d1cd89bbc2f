"""A LinkedIn of our own: the parts of www.linkedin.com that matter here, on this machine only."""
