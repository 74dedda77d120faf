"""Clients' persons in the ledger: who is let in, their reports and views, what they were told."""
