"""The river bed: documents, revisions, raw bytes, findings, deliveries, slots, certificates and the transfer log, in SQL.

What belongs here: tables, their migrations, the states of a delivery, and the queries (`find_`) and writes (`record_`)
that move them in bulk. Every key and every query carries the tenant. What does not: clients, formats, clocks, Prefect.
"""
