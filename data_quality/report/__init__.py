"""The client's data-quality report: what it says (content), and the same content as a web page, a PDF and a spreadsheet.

What does not belong here: a ledger query (tasks/client_reports), sentences about findings (data_quality/messages), a mail.
"""
