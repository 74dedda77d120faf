"""PowerOffice Go: API v1 (Factoring service) and API v2, each on its own port, over one state.

Belongs here: what the vendor's documentation says of the two APIs, their token end points and their rate budgets.
Does not belong here: seed data (sandboxes.seed.clients) and fault injection (sandboxes.faults).
"""
