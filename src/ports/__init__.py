"""What the core needs of the outside, in domain words. No I/O library is imported here."""
