"""Fortnox API v3: supplier invoices to pay, payments of both ledgers, registers, and invoices to customers.

What does not belong here: which invoices are paid (tasks), what a bank says of them (formats), where tokens are kept (a TokenStore
comes as an argument).
"""
