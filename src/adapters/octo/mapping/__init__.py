"""OCTO's words and ours. Pure: bytes and values in, values out; nothing else knows the wire.

wire      the messages as they are sent
ids       the uuids we mint from our own reference
amounts   their integers and precision ↔ money
times     local hours, zones, cut-offs
party     people → the tickets of an option
search    which products are asked, and how
offers    a product, an option and a start → an offer
order     an order → hold, confirmation, cancellation
booking   a booking as they tell it
vouchers  what the guests show at the door
faults    their errors → what the caller must do
"""
