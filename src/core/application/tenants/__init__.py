"""Agencies, their entities, keys and partners."""
