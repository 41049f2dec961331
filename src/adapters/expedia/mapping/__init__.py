"""Expedia's words, and what they are in ours: `ar` what is told, `refusals` what the answer says of
it, `products` the catalogue, `shown` what is read back, `bookings` reservations, `confirm` their
confirmation, `faults` errors, `wire` names and namespaces."""
