"""What vendors send us: verified, kept, and applied once."""
