"""One native Prefect deployment file per tenant, and the code that checks these files and applies them.

The two sandbox tenants' file is prefect.yaml in the root.
"""
