"""One module per kind of thing checked, each with a `SUITE` (data_quality.suite.Suite): its tables and their rules.

A further kind joins by adding a module here and calling `checking.check(..., suite="<module>")`. Every rule is an expectation
on domain columns. What does not belong here: a column that is computed only to be asserted true, severity (blocking), text
(messages).
"""
