"""Payment orders in the ledger: recorded, compared with earlier ones, carried by files, moved by what the bank says."""
