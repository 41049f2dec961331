"""Connections of vendors, and how healthy they proved."""
