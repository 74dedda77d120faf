"""The report of two registers that were compared: what is linked and why, what is alike, what only one of them has, what to do.

What belongs here: words and looks, as a web page and as a spreadsheet. What does not: comparing (fakturabro.domain.similarity), and
what is done with each record (fakturabro.domain.first_plans).
"""
