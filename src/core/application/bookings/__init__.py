"""Searched, quoted, booked at most once, and followed until it is known what became of it."""
