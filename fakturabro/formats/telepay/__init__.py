"""Telepay 2.01, as banks answered before October 2024: return files read, nothing written.

`records` is the record level, `read` the object level, `statuses` what the bank says, `layout` the table of fields.
What does not belong here: payments to banks (iso20022 writes them), and files of incoming payments (OCR giro).
"""
