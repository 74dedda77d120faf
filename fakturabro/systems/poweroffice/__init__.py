"""PowerOffice Go: the v1 Factoring service (pull, EHF, KID and PDF back) and v2 (customers, outgoing invoices, connection test).

What does not belong here: what an EHF means (formats/ehf), which invoices we want (flows), where tokens are kept (a TokenStore
comes as an argument).
"""
