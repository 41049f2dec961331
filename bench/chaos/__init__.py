"""Killing what serves, while it serves; then counting what was lost or doubled."""
