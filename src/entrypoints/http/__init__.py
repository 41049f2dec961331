"""The HTTP API: HTTP in, use case, HTTP out. No rule lives here."""
