"""Values, states and rules of the trade. Pure: no I/O, no clock, no randomness, no framework."""
