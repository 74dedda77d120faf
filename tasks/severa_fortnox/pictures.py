"""The pictures of a supplier invoice as one PDF among the files of each project that bears a cost of it, once.

A file is known by its name: the invoice's number, and what tells later pictures from the first. Which pictures there are is what
makes a document of them; when others come before the first were put there, only the others go.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from data_quality import blocking
from data_quality.suites import purchase_costs as suite
from fakturabro.domain import documents as values
from fakturabro.domain import findings as domain_findings
from fakturabro.formats.purchase_pdf import joining, write
from fakturabro.ledger import deliveries, documents, engine, findings
from fakturabro.ledger.synchronising import costs as noted
from fakturabro.remote import errors
from fakturabro.systems.fortnox import purchasing
from fakturabro.systems.severa import costs as severa
from tasks import connect, retrying, runs, sending, settling, verdicts
from tasks.severa_fortnox import carried, cost_intake
from tasks.severa_fortnox import cost_messages as messages
from tasks.severa_fortnox.options import SyncOptions

TARGET = "severa_files"
STATION = "purchase_files"
_AT_ONCE = 2
"""PDFs that are made at the same time: each may take some hundred megabytes."""
_BLOCK = 8


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What pictures go to which project (its guid in Severa), and what the file is called there."""

    picture: cost_intake.Picture
    project: str
    name: str
    raw_id: int | None = None
    """What leaves is made of what lies in Fortnox' archive; the answer has its hash."""


class _Due(NamedTuple):
    """Where each set of pictures goes, by delivery, and which documents others took the place of."""

    payloads: dict[int, Payload]
    superseded: list[int]


@retrying.station("Legg inn bilder", part="costs")
async def attach(batch: runs.Batch, options: SyncOptions) -> runs.Batch:
    """Put the pictures of every invoice of which a cost stands on a project among that project's files."""
    slot, ledger = batch.slot, connect.current().ledger
    if slot.dry_run or not (options.purchases.carried and options.purchases.images):
        return batch
    due = await asyncio.to_thread(_find_due, slot)
    deliveries.cancel(ledger, slot.tenant, due.superseded, [values.TRANSFER], slot.run, slot.business_date)
    if not due.payloads:
        return batch
    rows = {row.id: row for row in deliveries.find(ledger, slot.tenant, due.payloads)}
    planned = [deliveries.Planned(id=i, target=TARGET, natural_key=_key(due.payloads[i].picture)) for i in rows]
    deliveries.plan(ledger, slot.tenant, planned, slot.run)
    sender = _Sender(
        purchasing.Purchasing(await connect.current().fortnox_calls(options.fortnox_tenant)),
        severa.Costs(await connect.current().severa()),
    )
    order = sending.Order(
        slot=slot,
        purpose=values.TRANSFER,
        target=TARGET,
        prepare=lambda some: {row.id: due.payloads[row.id] for row in some if row.id in due.payloads},
        send=sender.send,
        block=_BLOCK,
    )
    try:
        await sending.send_planned(order)
    finally:
        findings.record(ledger, slot.tenant, STATION, sender.found, (), slot.run)
    return batch


def _find_due(slot: runs.Slot) -> _Due:
    """The newest pictures of each invoice and project that have a cost to belong to."""
    ledger, tenant = connect.current().ledger, slot.tenant
    waiting = noted.find_open(ledger, tenant, noted.FILE, ["waiting", "planned"])
    due = _Due({}, [])
    for some in engine.chunks(waiting, deliveries.PAGE):
        numbers = sorted({row.given_number for row in some})
        everything = noted.find_rows(ledger, tenant, numbers, noted.FILE)
        projects = _find_projects(slot, numbers)
        pictures = _read(slot, [row.document_id for row in some])
        for row in some:
            stem = row.source_key.rpartition("/")[0]
            alike = [one for one in everything[row.given_number] if one.source_key.rpartition("/")[0] == stem]
            picture = pictures[row.document_id]
            if alike[-1].document_id != row.document_id:
                due.superseded.append(row.document_id)
            elif project := projects.get((row.given_number, picture.project)):
                name = _name(row, is_first=alike[0].document_id == row.document_id)
                due.payloads[row.delivery_id] = Payload(picture=picture, project=project, name=name)
    return due


def _find_projects(slot: runs.Slot, given_numbers: Sequence[str]) -> dict[tuple[str, str], str]:
    """The guid of the project in Severa that bears a cost, by the invoice's number and the project's."""
    ledger, tenant = connect.current().ledger, slot.tenant
    ids = [row.document_id for rows in noted.find_rows(ledger, tenant, given_numbers).values() for row in rows]
    fees, found = noted.find(ledger, tenant, ids), dict[tuple[str, str], str]()
    for one in documents.read(ledger, tenant, sorted(fees)):
        source = cost_intake.decode(one.canonical)
        if not source.is_removed:
            found[source.given_number, source.project] = fees[one.id][0].project_guid
    return found


def _read(slot: runs.Slot, ids: Sequence[int]) -> dict[int, cost_intake.Picture]:
    read = documents.read(connect.current().ledger, slot.tenant, ids)
    return {one.id: msgspec.json.decode(one.canonical, type=cost_intake.Picture) for one in read}


def _name(row: noted.Row, *, is_first: bool) -> str:
    digest = row.source_key.rpartition("/")[2]
    return messages.file_name(row.given_number, "" if is_first else f" ({digest[:6]})")


def _key(picture: cost_intake.Picture) -> str:
    return f"{picture.given_number}/{picture.project}/{cost_intake.digest(picture.files).hex()[:12]}"


class _Sender:
    """Fetches, joins and puts; `found` is what is to be said of each document."""

    def __init__(self, bought: purchasing.Purchasing, client: severa.Costs) -> None:
        self._bought, self._client = bought, client
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.found: dict[int, tuple[domain_findings.Finding, ...]] = {}

    async def send(self, row: deliveries.Open, payload: Payload) -> sending.Sent:
        """Raises Rejected where none of the files can be read, and the ladder."""
        picture = payload.picture
        async with self._gate:
            try:
                joined = await self._join(picture)
            except write.UnreadableError as error:
                self._say(row, suite.UNREADABLE, error.left_out)
                raise errors.Rejected(messages.nothing_readable(picture.given_number)) from error
            self._say(row, suite.LEFT_OUT, joined.left_out)
            notes = [f"sha256 {hashlib.sha256(joined.pdf).hexdigest()}"]
            try:
                made = (await self._client.add_file(payload.project, payload.name, joined.pdf, picture.description)).guid
            except errors.AlreadyDelivered:
                made, notes = payload.name, [messages.FILE_STOOD_THERE]
        left = tuple(carried.NotCarried("Vedlegg", picture.files[int(place) - 1][1], why) for place, why in joined.left_out)
        done = carried.Carried(what="posted", ours=_key(picture), theirs=made, not_carried=left, notes=tuple(notes))
        return sending.Sent(answer=carried.to_answer(done))

    async def _join(self, picture: cost_intake.Picture) -> joining.Joined:
        """Where a file cannot be read all are fetched once more: it may have been spoilt on its way."""
        parts, joined = await self._fetch(picture), None
        with contextlib.suppress(write.UnreadableError):
            joined = await asyncio.to_thread(write.merge, parts)
        if joined is not None and not joined.left_out:
            return joined
        again = await self._fetch(picture)
        return joined if joined is not None and again == parts else await asyncio.to_thread(write.merge, again)

    async def _fetch(self, picture: cost_intake.Picture) -> list[write.Part]:
        return [(str(place), await self._bought.fetch_content(i)) for place, (i, _) in enumerate(picture.files, 1)]

    def _say(self, row: deliveries.Open, code: str, left_out: Sequence[tuple[str, str]]) -> None:
        """By place only: a file's name may be a person's. The log has the names, and why."""
        said = ", ".join(place for place, _ in left_out)
        finding = blocking.Rules().finding(code, field="Picture", value=said) if left_out else None
        self.found[row.document_id] = () if finding is None else (finding,)


async def read_back(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> Mapping[int, verdicts.Verdict]:
    """Whether files in doubt lie on their projects, by their names."""
    client = severa.Costs(await connect.current().severa())
    wanted = await asyncio.to_thread(_find_named, slot, rows)
    lying: dict[str, set[str]] = {}
    for project, _ in wanted.values():
        if project not in lying:
            lying[project] = {file.name for file in await client.fetch_files(project)}
    answer = {row.id: carried.Carried(what="posted", ours=row.natural_key or "", theirs="") for row in rows}
    said = {
        i: verdicts.Verdict(outcome="accepted", answer=carried.to_answer(msgspec.structs.replace(answer[i], theirs=name)))
        if name in lying[project]
        else verdicts.ABSENT
        for i, (project, name) in wanted.items()
    }
    return {row.id: said[row.id] for row in rows if row.id in said and not verdicts.may_arrive(slot, row, said[row.id])}


def _find_named(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> dict[int, tuple[str, str]]:
    """Project and name of each, by delivery; what has no project yet stays in doubt."""
    ledger, tenant = connect.current().ledger, slot.tenant
    pictures = _read(slot, [row.document_id for row in rows])
    numbers = sorted({one.given_number for one in pictures.values()})
    projects, kept = _find_projects(slot, numbers), collections.defaultdict[str, list[noted.Row]](list)
    for one in (one for some in noted.find_rows(ledger, tenant, numbers, noted.FILE).values() for one in some):
        kept[one.source_key.rpartition("/")[0]].append(one)
    named: dict[int, tuple[str, str]] = {}
    for alike in kept.values():
        for one in alike:
            picture = pictures.get(one.document_id)
            project = projects.get((one.given_number, picture.project)) if picture else None
            if project:
                named[one.delivery_id] = project, _name(one, is_first=one is alike[0])
    return {row.id: named[row.id] for row in rows if row.id in named}


READERS: Mapping[str, settling.ReadBack] = {TARGET: read_back}
"""By the target."""
