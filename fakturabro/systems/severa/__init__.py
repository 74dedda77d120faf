"""Visma Severa's Public REST API: registers, sales invoices, what projects cost.

What does not belong here: what of it goes to which other system (mapping, flows), where tokens are kept (a TokenStore comes as an
argument).
"""
