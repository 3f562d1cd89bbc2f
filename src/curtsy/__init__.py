"""Curtsy: LinkedIn connection requests from a member's own browser, once."""
