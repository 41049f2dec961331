"""PNRs beside their bookings: ticketed, voided, refunded, and what carriers do to them."""
