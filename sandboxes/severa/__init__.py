"""Visma Severa's REST API: token, registers, invoices, project fees and files, over the state of each client.

Belongs here: what the vendor's document says of the operations that our client calls, and what we assume where it is silent.
Does not belong here: seed data (sandboxes.seed.severa) and fault injection (sandboxes.faults).
"""
