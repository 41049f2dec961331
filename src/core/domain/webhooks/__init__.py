"""Deliveries: signed, paced, tried again, sent anew; and why one does not verify."""
