"""What we say of the data that passes through: rules, which purpose a finding holds, and the sentences that people read.

Great Expectations and pandas live in this package and nowhere else, and only behind `checking.check`: importing any module but
`expectations`, `validation` and those in `suites` costs next to nothing. What does not belong here: Prefect, I/O, a ledger query,
anything that mends data.
"""
