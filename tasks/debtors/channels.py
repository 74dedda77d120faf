"""Choosing the channel of each booked document: letter when the card says so, EHF, link or e-mail, letter; credit notes wait."""

from __future__ import annotations

import collections
import hashlib
import uuid
from collections.abc import Container, Iterator, Sequence

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import findings as found_values
from fakturabro.domain import languages, parties
from fakturabro.formats.ehf import messages as ehf_messages
from fakturabro.formats.invoice_pdf import brands
from fakturabro.ledger import brand_files, deliveries, details, documents, findings, raws
from fakturabro.mapping import documents_to_factoring as mapping
from fakturabro.mapping import source_accounts
from fakturabro.systems.mail import letters
from fakturabro.systems.peppol import names
from tasks import connect, installation, options, runs
from tasks.debtors import producing, receivers

EHF, LINK, EMAIL, LETTER = "ehf", "link", "email", "letter"
STATION = "produce"
_RECEIVED = msgspec.json.Decoder(values.Received)
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
        return _to_participant(self.invoice.buyer)

    @property
    def sender(self) -> str:
        """The seller as Peppol knows it, "" when the document names none."""
        return _to_participant(self.invoice.seller)

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses that a message can be sent to."""
        return tuple(address for address in self.recipient.emails if letters.is_usable(address))


def _to_participant(party: values.Party) -> str:
    return names.to_participant(party.endpoint.scheme, party.endpoint.value) if party.endpoint else ""


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
        language = languages.choose(chosen.distribution.language, recipient)
        distributed = mapping.to_distributed(received.invoice, recipient, chosen.agreement, kids[row.id], language)
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
    products = produce(slot.tenant, candidates, chosen.distribution, able)
    planned = [
        (one, product := products[one.delivery.id], _choose(one, product, one.delivery.id in able, chosen.distribution))
        for one in candidates
    ]
    _record(slot, planned, chosen)
    return collections.Counter([*(channel for _, _, channel in planned if channel), *("unknown" for _ in unknown)])


def produce(
    tenant: str, candidates: Sequence[Candidate], chosen: options.DistributionOptions, able: Container[int] = ()
) -> dict[int, producing.Product]:
    """PDF and EHF of these documents, by delivery id; those in `able` have a receiver who takes EHF. Raises MissingFileError."""
    orders = [
        producing.Order(
            id=one.delivery.id,
            invoice=msgspec.json.encode(one.invoice),
            recipient=one.recipient,
            takes_ehf=one.delivery.id in able,
            language=languages.choose(chosen.language, one.recipient),
        )
        for one in candidates
    ]
    logo = brand_files.read(connect.current().ledger, tenant, chosen.brand.logo)
    brand = brands.make(chosen.brand, logo)
    return {product.id: product for product in producing.produce(orders, installation.current().ehf_rules, brand)}


async def _find_able(candidates: Sequence[Candidate]) -> tuple[set[int], set[int]]:
    """(deliveries whose buyer can take this document as EHF, those of which nobody knows now: they wait)."""
    asked = [one for one in candidates if one.participant and not one.recipient.letter_only and "channel:ehf" not in one.holds]
    questions = {one.delivery.id: receivers.Question(participant=one.participant, kind=one.head.kind) for one in asked}
    answers = await receivers.find(questions.values())
    able, unknown = ({i for i, one in questions.items() if answers[one] == said} for said in (receivers.YES, receivers.UNKNOWN))
    return able, unknown


def _choose(one: Candidate, product: producing.Product, takes_ehf: bool, chosen: options.DistributionOptions) -> str:
    """The channel, or "" when nothing can be sent."""
    if product.problem:
        return ""
    if takes_ehf and product.ehf:
        return EHF
    if one.emails and "channel:email" not in one.holds:
        return LINK if chosen.email_alternative == "alternativ 1" else EMAIL
    return "" if "channel:letter" in one.holds else LETTER


def _record(slot: runs.Slot, planned: Sequence[tuple[Candidate, producing.Product, str]], chosen: options.FactoringOptions) -> None:
    ledger, tenant = connect.current().ledger, slot.tenant
    found = {one.head.id: _findings(one, product, chosen) for one, product, _ in planned}
    findings.record(ledger, tenant, STATION, found, ("distribute",), slot.run)
    _record_products(slot, [(one.delivery.revision_id, product) for one, product, _ in planned])
    plans = [
        deliveries.Planned(
            id=one.delivery.id, target=channel, natural_key=natural_key(tenant, one.head.source_key, one.head.hash, channel)
        )
        for one, _, channel in planned
        if channel
    ]
    deliveries.plan(ledger, tenant, plans, slot.run)


def _record_products(slot: runs.Slot, made: Sequence[tuple[int, producing.Product]]) -> None:
    """Keep the PDF and the EHF of these revisions in place of what was made before; an EHF that is none any more goes."""
    ledger, tenant = connect.current().ledger, slot.tenant
    keys = {format_: ledger.seals.key(tenant, format_, slot.month) for format_ in ("pdf", "ehf")}
    details.drop_renditions(ledger, tenant, "ehf", [revision_id for revision_id, product in made if not product.ehf])
    details.record_renditions(
        ledger,
        tenant,
        [
            details.Rendition(revision_id=revision_id, format=format_, data=raws.seal(keys[format_], format_, data), rules=rules)
            for revision_id, product in made
            for format_, data, rules in (("pdf", product.pdf, None), ("ehf", product.ehf, product.rules))
            if data
        ],
    )


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
    short = hashlib.sha256(f"{name}/link".encode() if channel == LINK else name.encode()).hexdigest()[:24]
    return f"<{tenant}.{short}@{installation.current().mail_domain}>" if channel in (LINK, EMAIL) else f"{tenant}-{short}"
