"""Stripe's words and ours. Pure: bytes and values in, values out; nothing else knows the wire.

payments   checkouts, refunds, and what errors ask us to do
ledger     balance transactions → the lines of a settlement
"""
