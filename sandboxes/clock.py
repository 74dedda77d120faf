"""What time the sandboxes say it is. The laboratory turns this clock."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC)
