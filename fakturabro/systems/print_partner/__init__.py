"""Letters through a print partner's drop folder: PDF files, an index, and a file that says that the job is whole.

What does not belong here: making the PDF (formats/invoice_pdf), moving the folder to the partner (SFTP), partners' own formats.
"""
