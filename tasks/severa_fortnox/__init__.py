"""The stations of Severa and Fortnox: registers, sales invoices, purchase costs."""
