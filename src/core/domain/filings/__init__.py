"""Departures, dossiers of pilgrims, and reports owed."""
