"""An invoice beside what Fortnox has -> what the suite of sales invoices looks at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from data_quality import sales_invoice_rows as subjects
from fakturabro.ledger import documents
from fakturabro.mapping import carried_invoices, fortnox_texts, mapped
from fakturabro.systems.severa import invoice_wire
from tasks.severa_fortnox import invoice_messages as messages

_LONGEST = {"our_reference": 50, "your_reference": 50, "your_order_number": 75} | {"remarks": carried_invoices.LONGEST_REMARKS}
_DIGITS = {"quantity": 14, "price": 12}


def to_subject(
    row: documents.Recorded,
    source: carried_invoices.Source,
    known: carried_invoices.Known,
    settings: carried_invoices.Settings,
    *,
    on_its_way: Mapping[str, str],
    locked_until: dt.date | None,
    units: Collection[str] | None,
) -> subjects.SalesInvoice:
    """`on_its_way` are numbers of invoices that are ours and not in Fortnox yet, by GUID; `units` None: they are not looked at."""
    one, sums = source.invoice, carried_invoices.sums(source.rows)
    unit, original = carried_invoices.currency(one), carried_invoices.credited(one)
    net, vat, total = (_amount(money) for money in (one.total_excluding_tax, one.total_tax, one.total_including_tax))
    is_early = settings.severa_numbers and one.number is not None and one.number < settings.first_number
    is_unknown = bool(original) and original not in known.invoices and original not in on_its_way
    shown = one.reimburse_invoice
    return subjects.SalesInvoice(
        id=row.id,
        date=one.date,
        due_date=one.due_date,
        locked_until=locked_until,
        number="" if one.number is None else str(one.number),
        number_master="severa" if settings.severa_numbers else "fortnox",
        early_number=str(one.number) if is_early else "",
        customer=carried_invoices.customer(one) and (row.customer_number or carried_invoices.customer(one)),
        known_customer=_known(row, one, known),
        currency=unit,
        unrated_currency=unit if unit != carried_invoices.KRONOR and carried_invoices.rate(source, settings) is None else "",
        row_count=carried_invoices.row_count(source, settings),
        net=net,
        rows_net=sums.net,
        vat=vat,
        rows_vat=_rows_vat(source, settings, sums),
        credit_total=total if one.is_credit_note else None,
        waits_for=on_its_way.get(original, ""),
        unknown_original=str((shown.number if shown else None) or original) if is_unknown else "",
        rows=[_row(source, item, known, settings, units) for item in source.rows],
        texts=[*_texts(source, settings)],
    )


def _rows_vat(source: carried_invoices.Source, settings: carried_invoices.Settings, sums: carried_invoices.Sums) -> Decimal:
    """The VAT that Fortnox may come to and that the invoice does not say; the invoice's own where there is none such."""
    stated, margin = _amount(source.invoice.total_tax), carried_invoices.vat_margin(source, settings)
    others = [vat for vat in sorted(sums.vats) if stated is None or abs(vat - stated) > margin]
    return others[-1] if others else stated or Decimal(0)


def _known(row: documents.Recorded, one: invoice_wire.Invoice, known: carried_invoices.Known) -> str | None:
    """What the suite compares the customer with: the same where Fortnox has it."""
    guid = carried_invoices.customer(one)
    return (row.customer_number or guid) if guid in known.customers else None


def _amount(money: object) -> Decimal | None:
    return getattr(money, "amount", None)


def _row(
    source: carried_invoices.Source,
    row: invoice_wire.InvoiceRow,
    known: carried_invoices.Known,
    settings: carried_invoices.Settings,
    units: Collection[str] | None,
) -> subjects.Row:
    price, unit, percent = _amount(row.unit_price), mapped.plain(row.measurement_unit), row.vat_rate
    said = carried_invoices.plain(percent) or ""
    is_odd = percent is not None and percent not in settings.vat_rates
    needs_account = percent is not None and not is_odd and percent not in carried_invoices.SWEDISH
    has_article = carried_invoices.article(row, known) is not None or not row.code
    guids = source.row_projects.get(row.guid, ())
    unknown = next((guid for guid in guids if guid not in known.projects), None) if len(guids) == 1 else None
    return subjects.Row(
        amount=None if row.quantity is None or price is None else row.quantity * price,
        long_amount=next(_long(row.quantity, price), ""),
        vat_rate=percent,
        odd_rate=said if is_odd else "",
        rate_without_account=said if needs_account and settings.account is None else "",
        unit=unit,
        known_unit=_listed(unit, units),
        unknown_article=", ".join(row.code or ()) if not has_article and settings.account is None else "",
        unknown_project=_project(source, unknown) if unknown and settings.carries_projects else "",
        several_projects=", ".join(_project(source, one) for one in guids) if len(guids) > 1 and settings.carries_projects else "",
    )


def _listed(unit: str, units: Collection[str] | None) -> str | None:
    """The unit as Fortnox has it; in another case where it has it only so."""
    if not unit or units is None or unit in units:
        return unit or None
    return next((one for one in sorted(units) if one.casefold() == unit.casefold()), None)


def _long(quantity: Decimal | None, price: Decimal | None) -> Iterator[str]:
    for name, value in (("quantity", quantity), ("price", price)):
        text = carried_invoices.plain(value) or ""
        if sum(sign.isdecimal() for sign in text) > _DIGITS[name]:
            yield text


def _project(source: carried_invoices.Source, guid: str) -> str:
    named = next((one for one in source.invoice.projects or [] if one.guid == guid), None)
    return str((named.number if named else None) or guid)


def _texts(source: carried_invoices.Source, settings: carried_invoices.Settings) -> Iterator[subjects.Text]:
    one, (above, remarks, below) = source.invoice, carried_invoices.texts(source, settings)
    address = one.receiver_address or invoice_wire.Receiver()
    values = {
        "our_reference": one.our_reference,
        "your_reference": one.your_reference,
        "your_order_number": one.order_number,
        "remarks": remarks,
        "customer_name": one.receiver_customer_name,
        "address1": address.addressline,
        "zip_code": address.postal_code,
        "city": " ".join(filter(None, (address.city, address.state))),
        "country": address.country,
    }
    for field, value in values.items():
        yield _text(messages.TEXTS[field], value, _LONGEST.get(field, 1024))
    for place, text in enumerate([*above, *(row.description for row in source.rows), *below], start=1):
        yield _text(messages.row(place), text, None)


def _text(name: str, value: str | None, longest: int | None) -> subjects.Text:
    text = mapped.plain(value)
    return subjects.Text(name=name, length=len(text), longest=longest, refused=fortnox_texts.refused(text))
