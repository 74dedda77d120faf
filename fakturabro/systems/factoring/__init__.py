"""The factoring company's ledger over HTTP, by contract.openapi.yaml beside this file (ours; a real system gets an adapter).

What does not belong here: which documents are booked (flows), how a KID is made (domain/kid).
"""
