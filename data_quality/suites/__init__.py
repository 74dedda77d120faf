"""One module per kind of thing checked, each with a `make(register)` that gives its data_quality.suite.Suite.

A further kind joins by adding a module here and calling `checking.check(..., suite="<module>")`. Every rule is an expectation
on domain columns; rules that several kinds have stand once, in recipient_rules. What does not belong here: a column that is
computed only to be asserted true, severity (weights), text (messages).
"""
