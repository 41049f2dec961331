"""Agreements: made from templates, signed in order, kept with their proof."""
