"""Vendors connected, and whether they work."""
