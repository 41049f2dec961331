"""Connections of vendors, and what came in from them."""
