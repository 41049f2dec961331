"""Use cases, a verb and a noun each: read, ask, decide with one call into the domain, write."""
