"""Data quality in runs: documents and customer cards judged, rules counted and tried, holes in number series."""
