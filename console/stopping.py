"""`fakturabro stop` and `fakturabro resume`. Exit codes: 0 done (also when it stood so already), 2 refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Callable

import pydantic

from fakturabro.domain import calendar
from fakturabro.ledger import opened, stops
from tasks import connect, stopping


def stop(tenant: str, scope: str, *, why: str, owner: str, days: int, review_at: dt.datetime | None) -> int:
    """Stop a tenant, or one of its purposes, channels or targets. A review time without zone is Oslo's."""
    review = review_at.replace(tzinfo=calendar.OSLO) if review_at and review_at.tzinfo is None else review_at

    def order(ledger: opened.Ledger) -> str:
        return stopping.stop(ledger, tenant, stopping.StopOrder(scope=scope, why=why, owner=owner, days=days, review_at=review))

    return _say(order)


def resume(tenant: str, scope: str, *, why: str, by: str) -> int:
    """End the stop on exactly this scope."""
    return _say(lambda ledger: stopping.resume(ledger, tenant, stopping.ReleaseOrder(scope=scope, why=why, by=by)))


def _say(record: Callable[[opened.Ledger], str]) -> int:
    try:
        with contextlib.closing(connect.open_ledger()) as ledger:
            said, code = record(ledger), 0
    except stops.StopError as error:
        said, code = str(error), 2
    except pydantic.ValidationError as error:
        said, code = " ".join(f"--{fault['loc'][0]} må fylles ut." for fault in error.errors()), 2
    sys.stdout.write(said + "\n")
    return code
