"""Payment lists: a plain table in CSV or XLSX, one payment a row, in a layout of our own. Salary systems and people make them.

`sheets` is the record level (rows of cells), `read` the object level, `layout` the table of columns that the guide shows too.
`writing` tells the same systems what became of their payments.
What does not belong here: who pays and when (the flow knows), and the guards against paying twice (ledger).
"""
