"""The send journal: what is about to leave, on disk before it leaves; and the recovery of a ledger by it."""
