"""Which records of two registers are likely the same: read into entries, found by what they share, scored field by field.

What belongs here: pure comparing of names, numbers, organisation numbers, e-mail and street addresses, and the rule by which
records are linked. What does not: where records come from, and what is shown of them.
"""
