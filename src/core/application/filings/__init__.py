"""Groups of pilgrims, and the reports that the regulator is owed."""
