"""The Prefect-free core: domain values, remote access, systems, formats, mappings, ledger and gateway.

What does not belong here: Prefect (tasks/, flows/), pandas and Great Expectations (data_quality/).
"""
