"""File formats: one package per format, each with `read`, `write` and a layout that is a table.

What does not belong here: transport (systems), mapping between systems (mapping), storage (ledger). Formats turn bytes into
`fakturabro.domain` values and back, and do not know each other.
"""
