"""Agencies, their entities and keys."""
