"""Movement lists: what a factoring system exports of a client's account with it, one movement a row, in a layout of our own.

`records` is the record level (cells by field), `read` and `write` the object level, `layout` the tables that the guide shows too.
What does not belong here: whether a movement can be posted (domain), and which of them are known already (ledger).
"""
