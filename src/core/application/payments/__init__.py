"""Money in and back: links, refunds, plans, and the gateway's own ledger."""
