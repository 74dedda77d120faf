"""One module per kind of thing checked: `KINDS`, what it is called and what only it has (kinds.Kind), and `make(register)`, which
gives its data_quality.suite.Suite.

A further kind joins by adding a module here and calling `checking.check(..., suite="<module>")`. Every rule is an expectation
on domain columns; rules that several kinds have stand once (recipient_rules). What does not belong here: a column that is
computed only to be asserted true, and an import of Great Expectations before `make` is called.
"""
