"""`fakturabro demo`: one day of two sandbox tenants, its people, and the proofs at its end."""
