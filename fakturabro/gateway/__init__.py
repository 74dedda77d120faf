"""The ASGI application that faces the internet: pages behind one-time links, for approvers and clients.

What belongs here: pages, their texts, and what keeps strangers out. What does not: what a decision does (the ledger), how a mail or
a call to a vendor leaves (callables come as arguments), settings and secrets of the installation.
"""
