"""What is told: every event, its shape, and what it is made from."""
