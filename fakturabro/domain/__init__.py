"""Frozen values and the rules that need nothing but themselves: documents, money, KID, identity numbers, findings, calendar.

What does not belong here: I/O of any kind, clocks, wire shapes of a vendor, SQL.
"""
