"""Hotelbeds' words and ours. Pure: bytes and values in, values out; nothing else knows the wire.

wire      the messages as they are sent
search    what is asked, and which rooms are asked together
offers    rates → offers
check     an offer and its checked rates → the offer as it stands
order     an order → a booking request
booking   a booking as they tell it
change    a booking as it should become
faults    their errors → what the caller must do
zones     where the property's clock is
"""
