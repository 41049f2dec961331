"""Partners and their endpoints, and events on their way: signed, paced, tried again, diagnosed."""
