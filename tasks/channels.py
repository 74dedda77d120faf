"""Choosing the channel of each booked document: letter when the card says so, EHF, e-mail, letter; credit notes wait."""

from __future__ import annotations

import collections
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import identity, parties
from fakturabro.formats.ehf import messages as ehf_messages
from fakturabro.ledger import changes, deliveries, details, documents, engine, findings, raws
from fakturabro.mapping import documents_to_factoring as mapping
from fakturabro.mapping import source_accounts
from fakturabro.remote import errors
from fakturabro.systems.mail import letters
from tasks import connect, installation, options, producing, run_context, runs

EHF, EMAIL, LETTER = "ehf", "email", "letter"
STATION, CREDIT_STATION = "produce", "credit"
_RECEIVED = msgspec.json.Decoder(values.Received)
_UNREADABLE = "unreadable_document"
"""What could not be read may be whole the next time, so nothing is cancelled on its account."""
_CHUNK = 500
_IDS = uuid.UUID("0f6ad3a1-6b1c-5d0c-9a3f-3a6f1c1f9b52")
"""The name space of our message ids."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A booked document on its way to a channel. `invoice` names the factoring company as payee."""

    delivery: deliveries.Open
    head: documents.Recorded
    invoice: values.Invoice
    recipient: parties.Recipient
    holds: frozenset[str]
    source: values.Invoice

    @property
    def participant(self) -> str:
        """The buyer as Peppol knows it, "" when the document names none."""
        endpoint = self.invoice.buyer.endpoint
        if not endpoint or not endpoint.scheme:
            return ""
        value = identity.digits(endpoint.value) if endpoint.scheme == "0192" else endpoint.value.strip()
        return f"{endpoint.scheme}:{value}".lower()

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses that a message can be sent to."""
        return tuple(address for address in self.recipient.emails if letters.is_usable(address))


def reopen(slot: runs.Slot) -> None:
    """Take back what producing held before: it is judged again in every slot."""
    ledger = connect.current().ledger
    ids = deliveries.find_open_documents(ledger, slot.tenant, ["distribute"], ["held"])
    findings.record(ledger, slot.tenant, STATION, dict.fromkeys(ids, ()), ("distribute",), slot.run)


def find_booked(slot: runs.Slot) -> Iterator[list[deliveries.Open]]:
    """What waits for distribution and is booked, a chunk at a time."""
    ledger = connect.current().ledger
    for waiting in deliveries.find_open_in_pages(ledger, slot.tenant, "distribute", ["waiting"], size=_CHUNK):
        booked = deliveries.find_states(ledger, slot.tenant, "book", [row.document_id for row in waiting])
        yield [row for row in waiting if booked.get(row.document_id) == "accepted"]


def settle_credit_notes(batch: runs.Batch, chosen: options.FactoringOptions) -> int:
    """Hold credit notes until their invoice is distributed; cancel both where an invoice was credited in full before that.

    While the invoice itself is held for booking its credit note is not booked either; credited in full, neither ever is.
    Returns how many documents were cancelled. A credit note on an invoice that neither ledger nor source knows waits for nothing.
    """
    ledger, slot = connect.current().ledger, batch.slot
    open_ = deliveries.find_open_documents(ledger, slot.tenant, ["distribute"], ["waiting", "held"])
    heads = (head for ids in engine.chunks(open_, deliveries.PAGE) for head in documents.find_heads(ledger, slot.tenant, ids))
    notes = [head for head in heads if head.kind == "credit_note" and head.original_number]
    numbers = sorted({head.original_number for head in notes if head.original_number})
    originals = {head.number: head for head in documents.find_by_number(ledger, slot.tenant, numbers, ["invoice"])}
    ids = [head.id for head in [*notes, *originals.values()]]
    booked = deliveries.find_states(ledger, slot.tenant, "book", ids)
    sent = deliveries.find_states(ledger, slot.tenant, "distribute", ids)
    sent |= dict.fromkeys(changes.find_reached(ledger, slot.tenant, ids), "accepted")
    unread = {i for i, said in findings.read(ledger, slot.tenant, ids).items() if any(f.code == _UNREADABLE for f in said)}
    cancelled: dict[tuple[str, ...], list[int]] = collections.defaultdict(list)
    found: dict[int, list[found_values.Finding]] = {head.id: [] for head in notes}
    for number in numbers:
        crediting, original = [head for head in notes if head.original_number == number], originals.get(number)
        readable = original is None or unread.isdisjoint((original.id, *(head.id for head in crediting)))
        purposes = _purposes_to_cancel(original, crediting, booked, sent) if readable else ()
        if purposes:
            gone = [head.id for head in crediting] + ([original.id] if original else [])
            cancelled[purposes] += [i for i in gone if sent.get(i) in ("waiting", "held")]
        elif (original is None and number in batch.missed) or (original is not None and sent.get(original.id) != "accepted"):
            finding = chosen.rules.finding("credit_note_waits_for_invoice", field="originalInvoiceNo", value=number)
            held = original is not None and booked.get(original.id) == "held"
            also = finding and (msgspec.structs.replace(finding, holds=("book", "distribute")) if held else finding)
            found.update({head.id: [also] if also else [] for head in crediting})
    findings.record(ledger, slot.tenant, CREDIT_STATION, found, ("book", "distribute"), slot.run)
    if slot.dry_run:
        return 0
    for purposes, gone in cancelled.items():
        deliveries.cancel(ledger, slot.tenant, gone, purposes, slot.run, slot.business_date)
    return sum(len(gone) for gone in cancelled.values())


def _purposes_to_cancel(
    original: documents.Head | None, crediting: Sequence[documents.Head], booked: Mapping[int, str], sent: Mapping[int, str]
) -> tuple[str, ...]:
    """What never happens to an invoice and its credit notes: distribution when all are booked, everything when none can be."""
    if original is None:
        return ()
    ids = [original.id, *(head.id for head in crediting)]
    after = sent.get(original.id) == "cancelled"
    in_full = sent.get(original.id) in ("waiting", "held") and sum(head.amount for head in crediting) >= original.amount
    if not after and not in_full:
        return ()
    if all(booked.get(i) == "accepted" for i in ids):
        return ("distribute", "write_back")
    if booked.get(original.id) in ("held", "cancelled") and all(booked.get(head.id) in ("waiting", "held") for head in crediting):
        return ("book", "distribute", "write_back")
    return ()


def read_candidates(slot: runs.Slot, rows: Sequence[deliveries.Open], chosen: options.FactoringOptions) -> list[Candidate]:
    """These documents as their debtors are to get them, in the revision that the delivery is about."""
    ledger, tenant, ids = connect.current().ledger, slot.tenant, [row.document_id for row in rows]
    by_document = {row.document_id: row for row in rows}
    kids, recipients = details.read_kids(ledger, tenant, ids), details.read_recipients(ledger, tenant, ids)
    found, revisions = findings.read(ledger, tenant, ids), documents.find_revisions(ledger, tenant, ids)
    candidates: list[Candidate] = []
    for row in documents.read(ledger, tenant, ids):
        wanted = by_document[row.id].revision_id
        is_current = wanted == row.revision_id
        received = _RECEIVED.decode(row.canonical if is_current else documents.read_revision(ledger, tenant, wanted))
        if received.invoice is None:
            continue
        recipient = recipients[row.id]
        distributed = mapping.to_distributed(received.invoice, recipient, chosen.agreement, kids[row.id])
        candidates.append(
            Candidate(
                delivery=by_document[row.id],
                head=msgspec.structs.replace(row, hash=revisions[row.id][wanted]),
                invoice=distributed,
                recipient=recipient,
                holds=frozenset(hold for finding in found.get(row.id, []) for hold in finding.holds),
                source=received.invoice,
            )
        )
    return candidates


async def plan(slot: runs.Slot, candidates: Sequence[Candidate], chosen: options.FactoringOptions) -> collections.Counter[str]:
    """Produce, choose, record and plan a chunk of documents; how many for each channel, and "unknown" for those that wait."""
    able, unknown = await _find_able(candidates)
    candidates = [one for one in candidates if one.delivery.id not in unknown]
    orders = [
        producing.Order(
            id=one.delivery.id,
            invoice=msgspec.json.encode(one.invoice),
            recipient=one.recipient,
            as_ehf=one.delivery.id in able,
        )
        for one in candidates
    ]
    products = {product.id: product for product in producing.produce(orders, installation.current().ehf_rules)}
    planned = [
        (one, products[one.delivery.id], _choose(slot, one, products[one.delivery.id], chosen.distribution)) for one in candidates
    ]
    _record(slot, planned, chosen)
    return collections.Counter([*(channel for _, _, channel in planned if channel), *("unknown" for _ in unknown)])


async def _find_able(candidates: Sequence[Candidate]) -> tuple[set[int], set[int]]:
    """(deliveries whose buyer can take this document as EHF, those of which nobody knows now: they wait)."""
    asked = [one for one in candidates if one.participant and not one.recipient.letter_only and "channel:ehf" not in one.holds]
    if not asked:
        return set(), set()
    access_point = await connect.current().access_point()
    try:
        receivers = await access_point.find_receivers(one.participant for one in asked)
    except (errors.Unavailable, errors.Throttled) as error:
        run_context.logger().warning("%s", error)
        return set(), {one.delivery.id for one in asked}
    return {one.delivery.id for one in asked if one.head.kind in receivers.get(one.participant, ())}, set()


def _choose(slot: runs.Slot, one: Candidate, product: producing.Product, chosen: options.DistributionOptions) -> str:
    """The channel, or "" when nothing can be sent."""
    if product.problem:
        return ""
    if product.ehf and not product.broken:
        return EHF
    by_email = one.emails and chosen.email_alternative == "alternativ 2" and "channel:email" not in one.holds
    return EMAIL if by_email else "" if "channel:letter" in one.holds else LETTER


def _record(slot: runs.Slot, planned: Sequence[tuple[Candidate, producing.Product, str]], chosen: options.FactoringOptions) -> None:
    ledger, tenant = connect.current().ledger, slot.tenant
    found = {one.head.id: _findings(one, product, chosen) for one, product, _ in planned}
    findings.record(ledger, tenant, STATION, found, ("distribute",), slot.run)
    keys = {format_: ledger.seals.key(tenant, format_, slot.month) for format_ in ("pdf", "ehf")}
    details.record_renditions(
        ledger,
        tenant,
        [
            details.Rendition(revision_id=one.delivery.revision_id, format=format_, data=raws.seal(keys[format_], format_, data))
            for one, product, channel in planned
            for format_, data in (("pdf", product.pdf), ("ehf", product.ehf if channel == EHF else b""))
            if data
        ],
    )
    plans = [
        deliveries.Planned(
            id=one.delivery.id, target=channel, natural_key=natural_key(tenant, one.head.source_key, one.head.hash, channel)
        )
        for one, _, channel in planned
        if channel
    ]
    deliveries.plan(ledger, tenant, plans, slot.run)


def _findings(one: Candidate, product: producing.Product, chosen: options.FactoringOptions) -> list[found_values.Finding]:
    """What the official rules, the writer or the renderer said; whether it holds distribution or only EHF is the tenant's rule."""
    where = source_accounts.find(one.source, one.invoice, chosen.agreement)
    account = chosen.rules.finding("source_account_remains", field=where) if where else None
    problem = chosen.rules.finding("cannot_be_produced", value=product.problem) if product.problem else None
    said = [(violation.rule, ehf_messages.norwegian(violation.rule, violation.text)) for violation in product.broken]
    made = [chosen.rules.finding("ehf_rule_broken", field=rule, value=rule, suggestion=text) for rule, text in said]
    return [finding for finding in [account, problem, *made] if finding]


def as_sent(slot: runs.Slot, rows: Sequence[deliveries.Open]) -> list[deliveries.Open]:
    """These distributions, each in the revision that their natural key is of; what is of none that the ledger has is left out."""
    ledger, ids = connect.current().ledger, [row.document_id for row in rows]
    source_keys = {head.id: head.source_key for head in documents.find_heads(ledger, slot.tenant, ids)}
    revisions = documents.find_revisions(ledger, slot.tenant, ids)
    return [
        msgspec.structs.replace(row, revision_id=revision_id)
        for row in rows
        for revision_id, digest in revisions[row.document_id].items()
        if natural_key(slot.tenant, source_keys[row.document_id], digest, row.target or "") == row.natural_key
    ]


def natural_key(tenant: str, source_key: str, digest: bytes, channel: str) -> str:
    """What the channel knows this revision of this document by: the same however often it is planned, from whichever ledger."""
    name = f"{tenant}/{source_key}/{digest.hex()}"
    if channel == EHF:
        return str(uuid.uuid5(_IDS, name))
    short = hashlib.sha256(name.encode()).hexdigest()[:24]
    return f"<{tenant}.{short}@{installation.current().mail_domain}>" if channel == EMAIL else f"{tenant}-{short}"
