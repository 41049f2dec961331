"""One codec for the messages of the OpenTravel Alliance, in the dialects that partners speak.

`dialects` is the table of how they differ; `writing` turns lines into messages, `answers` reads
what became of them, `lines` reads lines back, `reservations` and `stays` read reservations.
A partner's own words (its endpoints, its credential) stay in its adapter.
"""
