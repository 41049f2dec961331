"""Agreements made from templates: what must be in them, what they say, whether it is true.

template  a versioned text in clauses, and the form that every version has to keep
wakalah   the form and the first text of Wakalah bil Ujrah for umrah
terms     the parties and figures of one agreement, checked against its bookings
page      template and terms together, as plain data for a layout
words     dates, amounts and numbers as Indonesian writes them
"""
