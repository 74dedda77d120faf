"""Nets' files of 80-character records: OCR giro, read and written, and AvtaleGiro: claims written, mandates read.

What does not belong here: which invoice a payment settles (mapping), and how a file comes or goes (systems/bank).
"""

from fakturabro.domain.payments import ReadError
from fakturabro.formats.nets.lines import recognise
from fakturabro.formats.nets.read import incoming, of_records, read, records
from fakturabro.formats.nets.write import WriteError, write, write_records

__all__ = ["ReadError", "WriteError", "incoming", "of_records", "read", "recognise", "records", "write", "write_records"]
