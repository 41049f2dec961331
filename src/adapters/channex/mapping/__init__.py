"""Channex's words, and what they are in ours: `ari` what is told, `shown` what is read back,
`rooms` the catalogue, `revisions` reservations, `faults` errors, `wire` the messages."""
