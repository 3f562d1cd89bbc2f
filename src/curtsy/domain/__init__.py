"""The law of the house: pure values and decisions, with no I/O, no clock and no chance of their own."""
