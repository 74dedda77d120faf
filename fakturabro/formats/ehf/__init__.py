"""EHF 3.0 = Peppol BIS Billing 3.0: UBL 2.1 invoices and credit notes, read, written and judged by the official rules.

What does not belong here: which channel a document takes, what its findings hold, how it reaches the buyer.
"""

from fakturabro.formats.ehf.parse import ReadError, recognise
from fakturabro.formats.ehf.read import read
from fakturabro.formats.ehf.values import EhfError
from fakturabro.formats.ehf.write import WriteError, write

__all__ = ["EhfError", "ReadError", "WriteError", "read", "recognise", "write"]
