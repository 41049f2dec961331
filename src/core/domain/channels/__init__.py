"""What a channel should show, was told, and has sold."""
