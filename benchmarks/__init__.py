"""`python -m benchmarks [NAME ...]`: how fast the product is, beside peers that are measured in the same run.

What belongs here: measuring, and stand-ins that make something measurable; every peer is the plainest program that does the same
work without us. What does not: anything that the product needs, and tests of right and wrong.
"""
