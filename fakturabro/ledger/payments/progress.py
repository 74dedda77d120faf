"""What the bank says of payments, and how far each has come by that. `stages` says which moves are legal, the database enforces it.

A word is recorded once for ever, by file and place in it. What comes late, or says again what is known, is noted and moves nothing.
What contradicts (money moved after a refusal, an answer on what never left) is given back, for a run that fails loudly.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fakturabro.domain import calendar
from fakturabro.ledger import deliveries, messages, opened, tables
from fakturabro.ledger import engine as bulk
from fakturabro.ledger.payments import debits, moving, stages
from fakturabro.ledger.payments import files as payment_files
from fakturabro.ledger.payments import tables as bank_tables

_delivery, _payment, _event = tables.delivery, bank_tables.payment, bank_tables.payment_event
_file = bank_tables.bank_file
_WIDTH = {"payment": 0, "batch": 1, "group": 2}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the bank, `position` from 1 in its file. `level` is group, batch or payment; `reason` codes, no names of people.

    A payment is found by `document_id`, or by its end-to-end id and, where it is given, the message id. `stage` "" means nothing
    for how far it is.
    """

    position: int
    level: str
    stage: str
    message_id: str = ""
    batch_id: str = ""
    end_to_end_id: str = ""
    document_id: int | None = None
    code: str = ""
    reason: str = ""
    booked_on: dt.date | None = None
    """The bank's day for it."""
    movement: str = ""
    """The bank's name of the money that moved, as `debits` has it; "" where none did."""


class Outcome(msgspec.Struct, kw_only=True):
    """What came of some words. `late` counts payments of which they said nothing new.

    `beside` is money that moved nothing: what of debits.BESIDE it is, the payment, and the word that says so.
    """

    moved: list[moving.Moved] = []
    contradicting: list[moving.Moved] = []
    beside: list[tuple[str, int, Said]] = []
    unknown: list[Said] = []
    late: int = 0


class _Standing(NamedTuple):
    document_id: int
    end_to_end_id: str
    message_id: str | None
    stage: str
    stage_at: dt.datetime


def record(ledger: opened.Ledger, tenant: str, file_id: int, said: Sequence[Said], run: str, at: dt.datetime) -> Outcome:
    """Record what a file of the bank says, and move the payments that it moves, in one transaction. A second time nothing is
    moved, and the same is given back: whoever died in between can still tell of it.

    A word on a whole file or batch counts for those of its payments that no narrower word of the same call is about.
    """
    with ledger.writing() as connection:
        bulk.wait_in_line(connection, f"record/{tenant}")
        payment_files.adopt_claimed(connection, tenant)
        mine = (_event.c.tenant == tenant, _event.c.file_id == file_id)
        there = {row.position: row for row in connection.execute(sa.select(_event).where(*mine))}
        words = _Words(connection, tenant, run, at)
        outcome = words.recall([(one, there[one.position]) for one in said if one.position in there])
        return words.record(file_id, [one for one in said if one.position not in there], outcome)


class _Words:
    def __init__(self, connection: sa.Connection, tenant: str, run: str, at: dt.datetime) -> None:
        self._connection, self._tenant, self._run, self._at = connection, tenant, run, at
        self._heard = debits.Heard(connection, tenant)
        self._now: dict[int, str] = {}
        """Stages as the words so far have left them."""
        self._moves: dict[int, moving.Moved] = {}
        self._whole: dict[tuple[str, str, str], list[_Standing]] = {}
        """Payments of whole files and batches, by message, level and batch."""

    def recall(self, said: Sequence[tuple[Said, sa.Row[Any]]]) -> Outcome:
        """What came of words that were recorded before."""
        outcome = Outcome()
        for one, event in said:
            whole = [] if event.document_id else self._find_whole(one)
            moved = [row.document_id for row in whole if (row.stage, row.stage_at) == (one.stage, event.at)]
            against = [row.document_id for row in whole if stages.judge(row.stage, one.stage) == "contradicts"]
            apart = stages.find_apart({row.document_id: row.stage for row in whole}, one.stage)
            about = [event.document_id] if event.document_id else [i.document_id for i in whole if i.document_id not in apart]
            moved, against = ([event.document_id],) * 2 if event.document_id else (moved, against)
            outcome.unknown += [one] if event.outcome == "unknown" else []
            outcome.moved += [_to_moved(i, "", one) for i in moved] if "moved" in event.outcome else []
            is_loud = "contradicts" in event.outcome or "against" in event.outcome
            outcome.contradicting += [_to_moved(i, "", one) for i in against] if is_loud else []
            if beside := [kind for kind in debits.BESIDE if kind in event.outcome.split("/")]:
                self._heard.load(about)
                outcome.beside += [(kind, i, one) for kind in beside for i in about if self._heard.is_paid_again(i)]
        return outcome

    def record(self, file_id: int, said: Sequence[Said], outcome: Outcome) -> Outcome:
        logged, heard = list[tuple[Any, ...]](), set[tuple[str, ...]]()
        spoken_of: dict[int, int] = {}  # by document, how wide the narrowest word on it is
        narrow = self._find_named([one for one in said if one.level == "payment"])
        self._heard.load([row.document_id for one in said if one.movement for row in narrow.get(one.position, ())])
        for one in sorted(said, key=lambda word: (_WIDTH[word.level], word.position)):
            width = _WIDTH[one.level]
            found = narrow.get(one.position, []) if width == 0 else self._find_whole(one)
            word = (one.level, one.message_id, one.batch_id, one.stage)
            about = [row for row in found if spoken_of.setdefault(row.document_id, width) == width] if word not in heard else []
            heard.update([word] if width else [])  # a report may say the same of a batch a thousand times
            self._heard.load([row.document_id for row in about] if one.movement and width else [])
            now = {row.document_id: self._now.get(row.document_id, row.stage) for row in found} if width else {}
            apart = stages.find_apart(now, one.stage)
            meant = [row for row in about if row.document_id not in apart]
            verdicts = {self._judge(file_id, row, one, outcome) for row in meant}
            verdicts |= set() if meant and len(meant) == len(about) else {"late" if found else "unknown"}
            outcome.late += len(about) - len(meant)
            outcome.unknown += [] if found else [one]
            logged.append((one, found[0].document_id if found and width == 0 else None, "/".join(sorted(verdicts))))
        self._log(file_id, logged)
        moving.move(self._connection, self._tenant, list(self._moves.values()), self._run, self._at)
        return outcome

    def _judge(self, file_id: int, row: _Standing, one: Said, outcome: Outcome) -> str:
        start = self._now.get(row.document_id, row.stage)
        verdict = stages.judge(start, one.stage, row.message_id is not None)
        moved = _to_moved(row.document_id, start, one)
        is_new = bool(one.movement) and self._heard.hear(row.document_id, debits.of(file_id, one))
        if one.movement and verdict == "moved" and one.stage == "returned" and self._heard.is_still_paid(row.document_id):
            verdict = "late"
        outcome.late += verdict == "late"
        outcome.contradicting += [moved] if verdict in ("contradicts", "moved_against") else []
        if verdict in ("moved", "moved_against"):
            outcome.moved.append(moved)
            self._now[row.document_id] = one.stage
            self._moves[row.document_id] = msgspec.structs.replace(moved, start=row.stage)
        if is_new and (beside := self._heard.judge(row.document_id, one, start)):
            outcome.beside.append((beside, row.document_id, one))
            return f"{verdict}/{beside}"
        return verdict

    def _find_named(self, said: Sequence[Said]) -> dict[int, list[_Standing]]:
        """The payment that each of these words names, by the word's position."""
        ids = [one.document_id for one in said if one.document_id is not None]
        names = [one.end_to_end_id for one in said if one.document_id is None]
        by_id = {row.document_id: row for row in self._find(bulk.among(self._connection, _payment.c.document_id, ids))}
        by_name = {row.end_to_end_id: row for row in self._find(bulk.among(self._connection, _payment.c.end_to_end_id, names))}
        found: dict[int, list[_Standing]] = {}
        for one in said:
            row = by_name.get(one.end_to_end_id) if one.document_id is None else by_id.get(one.document_id)
            if row and one.message_id in ("", row.message_id or one.message_id):
                found[one.position] = [row]
        return found

    def _find_whole(self, one: Said) -> list[_Standing]:
        """The payments of a whole file or batch."""
        key = (one.message_id, one.level, one.batch_id)
        if key not in self._whole:
            batch = [_payment.c.batch_id == one.batch_id] if one.level == "batch" else []
            self._whole[key] = self._find(_payment.c.message_id == one.message_id, *batch) if one.message_id else []
        return self._whole[key]

    def _find(self, *where: sa.ColumnElement[bool]) -> list[_Standing]:
        columns = (_payment.c.document_id, _payment.c.end_to_end_id, _payment.c.message_id, _payment.c.stage, _payment.c.stage_at)
        rows = self._connection.execute(
            sa.select(*columns).where(_payment.c.tenant == self._tenant, *where).order_by(_payment.c.document_id)
        )
        return [_Standing(*row) for row in rows]

    def _log(self, file_id: int, logged: Sequence[tuple[Said, int | None, str]]) -> None:
        columns = ("tenant", "file_id", "position", "document_id", "level", "message_id", "batch_id", "end_to_end_id")
        stamp = bulk.stored(self._connection, self._at)
        bulk.insert(
            self._connection,
            _event,
            (*columns, "code", "reason", "stage", "booked_on", "movement", "outcome", "at", "run"),
            [
                (self._tenant, file_id, one.position, document_id, one.level, one.message_id, one.batch_id, one.end_to_end_id)
                + (
                    one.code,
                    one.reason,
                    one.stage,
                    one.booked_on and one.booked_on.isoformat(),
                    one.movement,
                    outcome,
                    stamp,
                    self._run,
                )
                for one, document_id, outcome in logged
            ],
        )


def _to_moved(document_id: int, start: str, one: Said) -> moving.Moved:
    said = (one.stage, one.code, one.reason, one.booked_on)
    return moving.Moved(document_id, start, *said)


def follow(ledger: opened.Ledger, tenant: str, at: dt.datetime, run: str) -> dict[str, int]:
    """Bring stages and files in line with what was delivered: how many payments were handed over and cancelled, how many files.

    What was in doubt and the bank has spoken of has arrived. All can be repeated: called after each hand-over, after the bank's
    words, and when a run begins, after doubts were settled.
    """
    pay = (_delivery.c.tenant == _payment.c.tenant, _delivery.c.document_id == _payment.c.document_id, _delivery.c.purpose == "pay")
    entered = (_payment.c.tenant == tenant, _payment.c.stage == "entered")
    counts: dict[str, int] = {}
    with ledger.writing() as connection:
        payment_files.adopt_claimed(connection, tenant)
        payment_files.release_unsent(connection, tenant, run)
        for state, end, freed in (("accepted", "handed_over", {}), ("cancelled", "cancelled", {"exact": None})):
            done = sa.exists().where(*pay, _delivery.c.state == state)
            change = sa.update(_payment).where(*entered, done).values({"stage": end, "stage_at": at, **freed})
            counts[end] = connection.execute(change).rowcount
        of_file = (_payment.c.tenant == _file.c.tenant, _payment.c.out_file == _file.c.id)
        left = sa.exists().where(*of_file, _payment.c.stage.in_(stages.LEFT))
        lacking = sa.exists().where(*of_file, _payment.c.stage == "entered")
        made = (_file.c.tenant == tenant, _file.c.side == "bank", _file.c.direction == "out", _file.c.state == "made")
        counts["files"] = connection.execute(sa.update(_file).where(*made, left, ~lacking).values(state="handed_over")).rowcount
        named = (_payment.c.tenant == tenant, _payment.c.stage.in_(stages.LEFT), _delivery.c.state == "in_doubt")
        query = sa.select(_delivery.c.id, _delivery.c.target, _delivery.c.natural_key).join(_payment, sa.and_(*pay))
        proven = connection.execute(query.where(*named)).all()
    answers = [
        deliveries.Answer(delivery_id=i, target=target, natural_key=key, outcome="accepted", detail=messages.NAMED_BY_THE_BANK)
        for i, target, key in proven
    ]
    deliveries.record_answers(ledger, tenant, answers, run, at, at.astimezone(calendar.OSLO).date(), start="in_doubt")
    return counts
