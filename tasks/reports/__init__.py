"""The client's report: what it says, its figures, and the mail that tells of it."""
