"""The client's pages: door, reports, transfer log, objections."""
