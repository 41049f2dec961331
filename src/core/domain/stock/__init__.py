"""The tenant's own stock: what it is made of, who takes of it, and what a stay costs.

cell and moves are the heart: every hold, sale, reservation and allotment is a set of moves,
decided over whole cells at once, so that all of it fits or nothing is taken.
"""
