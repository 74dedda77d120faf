"""Payments that came in: known once, allocated to open invoices, compared with earlier days."""
