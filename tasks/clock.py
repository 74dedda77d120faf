"""What time it is. The only clock of a run: everything below is told the time, and the laboratory turns this one."""

from __future__ import annotations

import datetime as dt

from tasks import installation


def now() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=installation.current().clock_shift)
