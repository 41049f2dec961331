"""The agency's own rooms: what there is, what it costs, what is held for whom."""
