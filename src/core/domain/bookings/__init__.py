"""What is sold, and every move that a booking may make."""
