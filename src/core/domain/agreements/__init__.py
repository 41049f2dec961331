"""Agreements, and the terms that they must state."""
