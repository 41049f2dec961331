"""Sabre's words and ours. Pure: bytes and values in, values out; nothing else knows the wire.

wire_shop      shopping answers (grouped itineraries), as JSON
shop           what is asked when shopping and revalidating
offers         itineraries → offers
penalties      what changing and refunding costs, as data
names          names as a GDS writes them
order          an order → a booking request
wire_booking   bookings and tickets, as JSON
booking        a booking as they tell it
change         ticketing, voiding, refunding, cancelling
faults         their errors → what the caller must do
soap           headers, tokens, sessions, rules and queues, as XML
"""
