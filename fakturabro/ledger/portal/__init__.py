"""The debtor portal in the ledger: links, codes, sessions, what was opened and objected to."""
