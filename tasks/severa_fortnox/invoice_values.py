"""What the stations of sales invoices share: targets, settings, what is read of an invoice and what is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.ledger import documents, opened, raws
from fakturabro.ledger.synchronising import invoice_steps, pairs
from fakturabro.mapping import carried_invoices, mapped
from fakturabro.systems.severa import invoice_wire
from tasks import connect, runs
from tasks.severa_fortnox.options import SyncOptions

SOURCE = "severa"
INVOICES, ATTACHMENTS, STATUSES = "fortnox_invoices", "fortnox_attachments", "severa_invoices"
"""Targets: invoices and their files in Fortnox, and their statuses in Severa."""
_SOURCE = msgspec.json.Decoder(carried_invoices.Source)


def to_settings(options: SyncOptions) -> carried_invoices.Settings:
    """What the client has chosen, as the mapping takes it."""
    wanted = options.invoices
    return carried_invoices.Settings(
        severa_numbers=wanted.number_master == "severa",
        first_number=wanted.first_number or 1,
        other_languages=wanted.other_languages,
        free_texts=wanted.free_texts,
        account=wanted.account,
        rates={one.currency: one.rate for one in wanted.rates},
        carries_projects=options.projects.carried,
        vat_rates=mapped.RATES[wanted.vat_country],
        accepts_vat_rounding=wanted.vat_rounding == "accept",
    )


def read(canonical: bytes) -> carried_invoices.Source:
    """An invoice as it was recorded."""
    return _SOURCE.decode(canonical)


def to_fetched(slot: runs.Slot, source: carried_invoices.Source, *, severa_numbers: bool) -> documents.Fetched:
    """An invoice ready to be recorded."""
    one, canonical = source.invoice, msgspec.json.encode(source)
    key = connect.current().ledger.seals.key(slot.tenant, documents.seal_kind(invoice_steps.KIND), slot.month)
    pays, total = one.billing_customer or one.customer, one.total_including_tax
    original = one.reimburse_invoice.number if one.reimburse_invoice else None
    return documents.Fetched(
        source_key=one.guid,
        kind=invoice_steps.KIND,
        number="" if one.number is None else str(one.number),
        customer_number="" if pays is None or pays.number is None else str(pays.number),
        original_number=None if original is None else str(original),
        amount=money.to_minor(total.amount) if total and total.amount is not None else 0,
        currency=carried_invoices.currency(one) or values.NO_CURRENCY,
        listing_hash=listing_hash(one, severa_numbers=severa_numbers),
        hash=hashlib.sha256(carried_invoices.content(source, severa_numbers=severa_numbers)).digest(),
        canonical=key.seal(canonical),
        raw=raws.seal(key, invoice_steps.KIND, canonical),
    )


def listing_hash(one: invoice_wire.Invoice, *, severa_numbers: bool) -> str:
    """What Severa's list says of an invoice: when it was changed, and a hash of what is carried."""
    digest = hashlib.sha256(carried_invoices.listed(one, severa_numbers=severa_numbers)).hexdigest()
    return f"{one.changed_at.isoformat() if one.changed_at else ''} {digest[:32]}"


def is_same_content(one: str, other: str) -> bool:
    """Whether two of these hashes say the same of what is carried."""
    return one.rpartition(" ")[2] == other.rpartition(" ")[2]


def find_known(
    ledger: opened.Ledger,
    tenant: str,
    sources: Iterable[carried_invoices.Source],
    units: Iterable[str] = (),
    terms: Iterable[str] = (),
) -> carried_invoices.Known:
    """What Fortnox has of what these invoices name, as far as the pairs tell."""
    some = list(sources)
    projects = {guid for one in some for guids in one.row_projects.values() for guid in guids}
    codes = {code for one in some for row in one.rows for code in row.code or ()}
    originals = {carried_invoices.credited(one.invoice) for one in some} - {""}
    customers = {carried_invoices.customer(one.invoice) for one in some}

    def numbers(register: pairs.Register, keys: set[str]) -> dict[str, str]:
        return {one.severa_key: one.fortnox_key for one in pairs.find(ledger, tenant, register, severa_keys=keys)}

    return carried_invoices.Known(
        customers=numbers("customer", customers),
        projects=numbers("project", projects),
        articles={one.fortnox_key for one in pairs.find(ledger, tenant, "article", fortnox_keys=codes)},
        units=set(units),
        terms=set(terms),
        invoices=numbers("invoice", originals),
    )
