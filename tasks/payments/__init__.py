"""Payments on their way out: taken in, guarded, asked about, made into files, handed over, followed until money moved."""
