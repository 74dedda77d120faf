"""The client's report in its three forms: 1,000 held documents in seconds, and 1,000 reports in one process without growing."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Iterator

import psutil

from benchmarks import rows
from data_quality.report import content, html, pdf, xlsx

_HELD = 1_000
_ROUNDS = 5
_WARM, _REPORTS = 50, 1_000
_SIZES = (0, 2, 5, 11, 24, 3, 60, 1)
"""Held documents of the reports that follow each other."""
_DAY = dt.date(2026, 11, 23)
_AT = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
_PLACES = ("Fjordbygg Entreprenør", "Kystservice Lofoten", "Berg & Dal Regnskap", "Hålogaland Maskin", "Sørvær Kulturhus")


def measure() -> list[rows.Row]:
    """The rows."""
    found, grown = rows.child("client_reports", "speed"), rows.child("client_reports", "memory")
    sizes = f"HTML {found['html']} kB, PDF {found['pdf']} kB, XLSX {found['xlsx']} kB"
    early, late = grown["early"] / 2**20, grown["late"] / 2**20
    return [
        rows.row("report_three_forms", found["first"], "s", "value <= 2", note=f"{_HELD} held, first in its process; {sizes}"),
        rows.row("report_three_forms_warm", found["warm"], "s", "value <= 2", note=f"{_HELD} held, median of {_ROUNDS}"),
        rows.row("report_memory", late, "MB", "ratio <= 1.1", peer=early, note=f"after {_REPORTS} reports, peer after {_WARM}"),
    ]


def report(held: int, seed: int = 0) -> content.Report:
    """A report with this many held documents, each of a card of its own, and a month's trend; another one for every seed."""
    return content.Report(
        tenant="bench",
        client=f"Nordlys Elektro {seed} AS",
        language="nb",
        made_at=_AT,
        slot=_AT,
        period=(_DAY, _DAY),
        fetched=held + 400,
        sent=400,
        next_slot=_AT + dt.timedelta(hours=2, minutes=30),
        held=tuple(_items(held, seed)),
        warnings=tuple(_items(held // 10, seed + 1)),
        trend=tuple(content.Day(date=_DAY - dt.timedelta(29 - at), fetched=40 + at, sent=38 + at, held=at % 9) for at in range(30)),
        rules="versjon 4",
    )


def _items(count: int, seed: int) -> Iterator[content.Item]:
    for at in range(count):
        number = str(10_000 + at)
        buyer = f"{_PLACES[at % 5]} {seed}-{at} AS"
        problem = content.Problem(
            code="incomplete_postal_address",
            field="Postnummer",
            what="Postadressen er ikke fullstendig: postnummer mangler eller er feil, så fakturaen blir ikke sendt ut.",
            remedy=f"Åpne kundekortet til {buyer} (kundenr. {number}) i PowerOffice Go og rett postnummer i postadressen.",
            value=str(at % 1000),
            suggestion=f"{9000 + at % 999} TROMSØ",
        )
        amount = content.Amount(100_000 + 137 * at + seed)
        yield content.Item(
            kind="invoice",
            number=str(20_000 + at),
            buyer=buyer,
            customer_number=number,
            amount=amount,
            problems=(problem,),
            holds=("distribute",),
            since=_DAY - dt.timedelta(at % 20),
        )


def _render(one: content.Report) -> tuple[int, int, int]:
    """Sizes in bytes of page, PDF and spreadsheet."""
    return len(html.render(one)), len(pdf.render(one)), len(xlsx.render(one))


def _seconds(one: content.Report) -> float:
    """Of the processor, all threads together, because others may use it too."""
    started = time.process_time()
    _render(one)
    return time.process_time() - started


def main() -> None:
    """Measure one of the two in this process."""
    measured = _speed() if sys.argv[1] == "speed" else _memory()
    sys.stdout.write(json.dumps(measured) + "\n")


def _speed() -> dict[str, float]:
    """Seconds of the first report of all and of warm ones, and sizes in kB."""
    first = _seconds(report(_HELD))
    warm = sorted(_seconds(report(_HELD, seed)) for seed in range(1, _ROUNDS + 1))[_ROUNDS // 2]
    sizes = [round(size / 1000) for size in _render(report(_HELD))]
    return {"first": first, "warm": warm, **dict(zip(("html", "pdf", "xlsx"), sizes, strict=True))}


def _memory() -> dict[str, int]:
    """Resident bytes after a few reports and after many; no two alike, of all sizes up to what a page shows."""
    me, early = psutil.Process(), 0
    for at in range(1, _REPORTS + 1):
        _render(report(_SIZES[at % len(_SIZES)], at))
        early = me.memory_info().rss if at == _WARM else early
    return {"early": early, "late": me.memory_info().rss}


if __name__ == "__main__":
    main()
