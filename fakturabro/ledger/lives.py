"""A document's whole life, in order: what was read, what was found, what was made and sent, answered, decided and certified."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import documents, frames, opened, operations, proofs, seals, tables
from fakturabro.ledger.payments import lives as bank_lives
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.ledger.returns import lives as return_lives

_document, _revision, _raw, _delivery, _log = tables.document, tables.revision, tables.raw, tables.delivery, tables.transfer_log
_certificate, _decision, _look = tables.certificate, operations.decision, operations.look
_WITH_KID = (tables.booking, bank_tables.incoming)
_ENDINGS = {b"<": "xml", b"{": "json", b"[": "json", b"%": "pdf"}
_FRAMED = {"link": "e-post.eml", "email": "e-post.eml", "write_back": "tilbakeskriving.json"}
"""Kinds of which a frame is kept, and what the whole is called."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes as they were. `data` is None where they cannot be opened: `gone` says "purged" or "changed".

    `frame` names the content that this one was put together from, with the PDF in it.
    """

    name: str
    kind: str
    month: str
    sha256: str
    data: bytes | None = None
    gone: str = ""
    frame: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `kind` is read, found, came, went, kid, recipient, made, answer, file, payment, event, allocated,
    movement, settlement, voucher, status, opened, objection, decision, state, certificate or journal."""

    kind: str
    said: dict[str, Any]
    contents: list[Content] = []


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of one document. `chain` holds the certificates from the first that counted it to the last."""

    document: dict[str, Any]
    steps: list[Step]
    chain: list[dict[str, Any]]


def find(ledger: opened.Ledger, tenant: str, wanted: str) -> list[int]:
    """The ids of the documents with this number, KID or key at their source, or "#17": with this id. Cards are no documents,
    as long as nothing is done with them."""
    of_kid = [sa.select(table.c.document_id).where(table.c.tenant == tenant, table.c.kid == wanted) for table in _WITH_KID]
    same = [*(_document.c.id.in_(one) for one in of_kid), _document.c.number == wanted, _document.c.source_key == wanted]
    if wanted.startswith("#") and wanted[1:].isdecimal() and len(wanted) < 20:
        same.append(_document.c.id == int(wanted[1:]))
    has_one = sa.exists().where(_delivery.c.tenant == tenant, _delivery.c.document_id == _document.c.id)
    mine = (_document.c.tenant == tenant, sa.or_(_document.c.kind != "customer", has_one), sa.or_(*same))
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(_document.c.id).where(*mine).order_by(_document.c.id)).scalars())


def record_look(ledger: opened.Ledger, tenant: str, who: str, what: str, at: dt.datetime) -> None:
    """Note who looks at what, before it is shown."""
    with ledger.writing() as connection:
        connection.execute(sa.insert(_look).values(tenant=tenant, who=who, what=what, at=at))


def read(ledger: opened.Ledger, tenant: str, document_id: int, journal: Iterable[str] = ()) -> Life:
    """The life of one document; of the `journal`'s lines those that name one of its deliveries.

    Raises LookupError when the tenant has no such document. What was purged is there without its bytes.
    """
    with ledger.reading() as connection:
        mine = (_document.c.tenant == tenant, _document.c.id == document_id)
        row = connection.execute(sa.select(_document).where(*mine)).mappings().one_or_none()
        if row is None:
            raise LookupError(f"{tenant} has no document {document_id}")
        reader = _Reader(ledger, connection, tenant, document_id, documents.seal_kind(row["kind"]))
        rows = reader.find(_delivery)
        named = {json.dumps(one["natural_key"], ensure_ascii=False) for one in rows if one["natural_key"]}
        steps = [*reader.read_steps(), *(Step(kind="state", said=one) for one in rows)]
        chain = reader.read_chain([*rows, *reader.find(tables.renewed)])
        steps += [Step(kind="certificate", said=one) for one in chain if one["counts"]]
        steps += [Step(kind="journal", said={"line": line}) for line in journal if any(key in line for key in named)]
        return Life(document=_plain(row), steps=steps, chain=chain)


class _Reader:
    def __init__(
        self, ledger: opened.Ledger, connection: sa.Connection, tenant: str, document_id: int, canonical_kind: str
    ) -> None:
        self._ledger, self._connection, self._tenant, self._id, self._kind = ledger, connection, tenant, document_id, canonical_kind

    def find(self, table: sa.Table) -> list[dict[str, Any]]:
        """The document's rows in a table."""
        query = sa.select(table).where(table.c.tenant == self._tenant, table.c.document_id == self._id)
        return [_plain(row) for row in self._connection.execute(query.order_by(*table.primary_key)).mappings()]

    def read_steps(self) -> Iterator[Step]:
        """Everything up to the answers and the decisions, in order."""
        for row in self._rows(_revision, _revision.c.document_id == self._id, _revision.c.id):
            canonical = self._open(f"revisjon-{row['id']}-kanonisk", self._kind, bytes(row["canonical"]))
            said = {"revision": row["id"], "run": row["run"], "content_hash": bytes(row["hash"]).hex()}
            yield Step(kind="read", said=said, contents=[*self._raw(row["raw_id"], "lest"), canonical])
        for row in self.find(tables.finding):
            yield Step(kind="found", said=row)
        for row in self.find(tables.finding_log):
            yield Step(kind="came" if row.pop("came") else "went", said=row)
        for row in self.find(tables.booking):
            yield Step(kind="kid", said=row)
        for row in self._rows(tables.recipient, tables.recipient.c.document_id == self._id, tables.recipient.c.document_id):
            yield Step(kind="recipient", said={}, contents=[self._open("mottaker", "recipient", bytes(row["sealed"]))])
        renewed = tables.renewed
        for row in self._rows(renewed, renewed.c.document_id == self._id, renewed.c.settled_in):
            sealed = row["recipient"]
            contents = [self._open(f"mottaker-{row['settled_in']}", "recipient", bytes(sealed))] if sealed else []
            yield Step(kind="recipient", said={"revision_id": row["revision_id"], "target": row["target"]}, contents=contents)
        lines = self._rows(_log, _log.c.delivery_id.in_(self._ids(_delivery)), _log.c.id)
        sent = {row["sent_raw_id"] for row in lines}
        of_revision = tables.rendition.c.revision_id.in_(self._ids(_revision))
        for row in self._rows(tables.rendition, of_revision, tables.rendition.c.revision_id):
            shown_below = row["format"] in _FRAMED and row["raw_id"] in sent
            yield Step(kind="made", said=_plain(row), contents=[] if shown_below else self._raw(row["raw_id"], "laget"))
        for row in lines:
            contents = self._raw(row["sent_raw_id"], "sendt")
            if row["answer"] is not None:
                contents.append(self._open(f"svar-{row['id']}", "answer", bytes(row["answer"])))
            yield Step(kind="answer", said=_plain(row), contents=contents)
        mine = (self._connection, self._tenant, self._id)
        for kind, row in (*bank_lives.find(*mine), *return_lives.find(*mine)):
            yield Step(kind=kind, said=_plain(row))
        yield from self._read_debtor(lines)
        subjects = sa.select(sa.cast(_delivery.c.id, sa.Text)).where(
            _delivery.c.tenant == self._tenant, _delivery.c.document_id == self._id
        )
        of_delivery = sa.and_(_decision.c.kind == "in_doubt", _decision.c.subject.in_(subjects))
        about = sa.or_(of_delivery, bank_lives.decisions_about(*mine), return_lives.decisions_about(*mine))
        for row in self._rows(_decision, about, _decision.c.id):
            question = self._open(f"beslutning-{row['id']}", "decision", bytes(row["question"]))
            yield Step(kind="decision", said=_plain(row), contents=[question])

    def _read_debtor(self, lines: Sequence[sa.RowMapping]) -> Iterator[Step]:
        """What the debtor opened of what these lines sent, and objected to."""
        opening, objection = portal_tables.opening, portal_tables.objection
        for row in self._rows(opening, opening.c.natural_key.in_({line["natural_key"] for line in lines}), opening.c.at):
            yield Step(kind="opened", said=_plain(row))
        mine = sa.select(_document.c.source, _document.c.source_key).where(
            _document.c.tenant == self._tenant, _document.c.id == self._id
        )
        for row in self._rows(objection, sa.tuple_(objection.c.source, objection.c.source_key).in_(mine), objection.c.at):
            said = self._open(f"innsigelse-{row['id']}", "objection", bytes(row["sealed"]))
            yield Step(kind="objection", said=_plain(row), contents=[said])

    def read_chain(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Per purpose, the certificates from the first that counted the document to the last, with the proof of it."""
        chain: list[dict[str, Any]] = []
        for (row_id, purpose, currency), marks in _to_marks(rows).items():
            named = [i for i, _ in marks]
            among = sa.and_(
                _certificate.c.purpose == purpose,
                _certificate.c.currency == currency,
                _certificate.c.id.between(min(named), max(named)),
            )
            for one in self._rows(_certificate, among, _certificate.c.id):
                counts = [name for i, name in marks if i == one["id"]]
                chain.append({**_plain(one), "counts": counts, **self._proof(one, row_id, counts)})
        return chain

    def _proof(self, certificate: Any, row_id: int, counts: list[str]) -> dict[str, Any]:
        if "settled_in" not in counts or not certificate["counted"] or certificate["counted"].get("format") != proofs.FORMAT:
            return {}
        return proofs.find_proof(
            self._connection, self._tenant, certificate["purpose"], certificate["id"], certificate["counted"], row_id
        )

    def _rows(self, table: sa.Table, where: sa.ColumnElement[bool], order: sa.ColumnElement[Any]) -> Sequence[sa.RowMapping]:
        query = sa.select(table).where(table.c.tenant == self._tenant, where).order_by(order)
        return self._connection.execute(query).mappings().all()

    def _ids(self, table: sa.Table) -> sa.Select[tuple[int]]:
        return sa.select(table.c.id).where(table.c.tenant == self._tenant, table.c.document_id == self._id)

    def _raw(self, raw_id: int | None, what: str) -> list[Content]:
        """The bytes behind an id, as they were read or sent."""
        kept = [
            self._open(f"{what}-{raw_id}", row["kind"], bytes(row["sealed"]), bytes(row["sha256"]).hex())
            for row in self._rows(_raw, _raw.c.id == raw_id, _raw.c.id)
        ]
        return [*kept, *(whole for one in kept if one.kind in _FRAMED for whole in self._put_together(one, f"{what}-{raw_id}"))]

    def _put_together(self, kept: Content, name: str) -> Iterator[Content]:
        """What left: a frame with its file in it. Nothing where one of the two cannot be opened."""
        try:
            frame = frames.read(kept.data or b"")
            file = self._file(frame.file) if frame.file else b""
            data = frames.join(frame, file)
        except (frames.FrameError, LookupError, ValueError):
            return
        ending = _FRAMED[kept.kind]
        yield Content(name=f"{name}-{ending}", kind=kept.kind, month=kept.month, sha256=frame.sha256, data=data, frame=kept.name)

    def _file(self, sha256: str) -> bytes:
        """The PDF with this sum. Raises LookupError when none can be opened."""
        mine = sa.and_(_raw.c.kind == "pdf", _raw.c.sha256 == bytes.fromhex(sha256))
        found = (self._open("", "pdf", bytes(row["sealed"])).data for row in self._rows(_raw, mine, _raw.c.id))
        for data in found:
            if data is not None:
                return data
        raise LookupError(sha256)

    def _open(self, name: str, kind: str, sealed: bytes, stated: str = "") -> Content:
        month = sealed[: seals.MONTH_LENGTH].decode()
        try:
            data = self._ledger.seals.open(self._connection, self._tenant, kind, sealed)
        except seals.SealError:
            key = tables.data_key.c
            stands = self._rows(tables.data_key, sa.and_(key.kind == kind, key.month == month), key.month)
            changed = bool(stands) and len(sealed) > seals.MONTH_LENGTH
            return Content(name=name, kind=kind, month=month, sha256=stated, gone="changed" if changed else "purged")
        digest = hashlib.sha256(data).hexdigest()
        gone = "changed" if stated and stated != digest else ""
        return Content(name=f"{name}.{_ENDINGS.get(data[:1], 'txt')}", kind=kind, month=month, sha256=digest, data=data, gone=gone)


def _to_marks(rows: Sequence[dict[str, Any]]) -> dict[tuple[int, str, str], list[tuple[int, str]]]:
    """(certificate id, mark) of each delivery, also from before it waited again, by id, purpose and currency."""
    marks: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for row in rows:
        for name in ("entered_in", "settled_in"):
            if row[name] is not None:
                marks.setdefault((row["id"], row["purpose"], row["currency"]), []).append((row[name], name))
    return marks


def _plain(row: sa.RowMapping) -> dict[str, Any]:
    """A row without what is sealed, with times and dates as text."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in row.items()
        if not isinstance(value, bytes | memoryview)
    }
