"""Accounting systems as sources and targets of payments: through their own API, or by files in their folder."""
