"""Payments, refunds and plans, and every move they may make."""
