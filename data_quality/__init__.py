"""What we say of the data that passes through: rules, which purpose a finding holds, and the sentences that people read.

Great Expectations and pandas live in this package and nowhere else, and only behind `checking.check`: importing any module but
`validation` and what suites are made of (`*expectations`, `rule_kinds`, `*_rules`) costs next to nothing.
What does not belong here: Prefect, a ledger query, anything that mends data, I/O but for the register of post codes.
"""
