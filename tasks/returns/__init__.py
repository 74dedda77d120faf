"""Return data: what happened at the factoring company is taken in, gathered in settlements, and posted in the client's books.

Here: the stations of the nightly run and their options. Not here: payments from the bank, which `tasks/incoming` matches and tells
the factoring company first; what a movement is and which roles it is posted on (`fakturabro/domain/return_data.py`); PowerOffice.
"""
