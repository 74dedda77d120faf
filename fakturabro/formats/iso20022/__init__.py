"""ISO 20022 as Norwegian banks use it: pain.001 out and in, pain.002 back, camt.053 and camt.054 of what moved.

What does not belong here: which payments are guarded or booked, matching to invoices, how files travel, other banks' formats.
"""

from fakturabro.formats.iso20022 import camt, pain001, pain002
from fakturabro.formats.iso20022.parse import recognise
from fakturabro.formats.iso20022.writing import WriteError, Written, write

__all__ = ["WriteError", "Written", "camt", "pain001", "pain002", "recognise", "write"]
