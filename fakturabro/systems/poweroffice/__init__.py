"""PowerOffice Go: the v1 Factoring service (pull, EHF, KID, PDF and status back) and v2 (customers, invoices, payments, the books).

What does not belong here: what an EHF means (formats/ehf), which invoices we want (flows), where tokens are kept (a TokenStore
comes as an argument).
"""
