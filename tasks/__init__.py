"""Prefect tasks: thin decorators over plain functions, one module per system met, and the shared stations.

What belongs here: when something is retried, what is concurrent, what a run says. What does not: wire shapes (systems),
rules (data_quality), field mappings (mapping), SQL (ledger).
"""
