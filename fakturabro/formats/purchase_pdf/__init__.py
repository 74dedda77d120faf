"""The picture of a supplier invoice and its attachments as one PDF: PDFs, JPEG, PNG, GIF, WebP and TIFF, each from its first page.

What comes from outside is opened in a process of its own that has little memory and time. What does not belong here: our own
invoices (invoice_pdf).

Source: ISO 32000-1 (filters, image XObjects); TIFF 6.0; https://typst.app/docs/reference/visualize/image/
"""
