"""The debtor's pages: door, document and files, in two languages."""
