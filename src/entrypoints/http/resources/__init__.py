"""One file for each resource of the API: HTTP in, use case, HTTP out."""
