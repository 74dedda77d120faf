"""The report as a PDF for printing and filing: A4, PDF/A-3a and PDF/UA-1, the same content in the same order as the page."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from typing import cast

import msgspec

from data_quality.report import content, page
from fakturabro.formats.invoice_pdf import press, typography

_ROOM = {"customer": 40.0, "name": 40.0, "lines": 50.0, "stops": 50.0, "intro": 50.0, "foot": 50.0}
_LEAST_ROOM = 30.0
"""How long a word may be (in em) before it is given places to break."""
_LOCK = threading.Lock()
_Sections = dict[str, list[dict[str, dict[str, str] | None]]]


def render(report: content.Report) -> bytes:
    """The same report always gives the same bytes. A character that no font has (an emoji, say) is shown as "□"."""
    composed = msgspec.to_builtins(page.compose(report))
    safe = typography.printable(composed, _ROOM, _LEAST_ROOM)
    _keep_pictures(composed, safe)
    made_at = report.made_at.astimezone(dt.UTC).replace(microsecond=0)
    with _LOCK:
        return _press().compile("page", msgspec.json.encode(safe).decode(), made_at)


def _keep_pictures(composed: object, safe: object) -> None:
    """The picture is markup of our own, in which nothing may be broken into lines."""
    for before, after in zip(cast("_Sections", composed)["sections"], cast("_Sections", safe)["sections"], strict=True):
        trend, copy = before["trend"], after["trend"]
        if trend and copy:
            copy["svg"] = trend["svg"].replace("system-ui, sans-serif", "Source Sans Pro")


@functools.cache
def _press() -> press.Press:
    return press.Press("data_quality.report", "templates/report.typ")
