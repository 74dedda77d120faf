"""What a client's Severa lacks: scopes of its keys, add-ons, invoice statuses, the product of costs.

Assumed: the names of the add-ons in `_ADDONS`, which Visma's guide has in Finnish; a name that contains ours is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fakturabro.systems.severa import invoice_wire, invoicing, registers, session, tokens
from tasks import runs
from tasks.severa_fortnox import access_messages as messages
from tasks.severa_fortnox.demands import COSTS, INVOICES, Lack
from tasks.severa_fortnox.options import SalesInvoiceOptions, SyncOptions

_ADDONS = ("REST API", "Fortnox")
_ALL = tuple(scope for scope in tokens.SCOPES if scope.partition(":")[0] in ("customers", "projects", "settings", "organization"))
_INVOICES = (*_ALL, "invoices:read", "invoices:write")
_COSTS = (*_ALL, "fees:read", "fees:write")
_KEYS = ("organisation_number",)
"""The setting at which a lack is shown that no setting asks for."""


async def find_lacks(calls: session.Session, options: SyncOptions) -> tuple[list[Lack], str]:
    """What is lacking, and the key of the status that invoices are taken from; "" where it is not known. Raises the ladder."""
    missing = set(await calls.fetch_missing_scopes()) & set(_needed(options))
    found = [_scope(scope) for scope in sorted(missing)]
    if missing & set(_ALL):
        return found, ""
    found += await _find_addons(calls)
    status = ""
    if options.invoices.carried and not missing & set(_INVOICES):
        statuses = [one for one in await invoicing.Invoicing(calls).fetch_statuses() if one.is_active]
        found += [lack for lack in _check_statuses(statuses, options.invoices)]
        status = next((one.guid for one in statuses if one.name == options.invoices.from_status), "")
    code = options.purchases.default_product
    if options.purchases.carried and await registers.Registers(calls).find_product(code) is None:
        found.append(Lack(sentence=messages.no_product(code), field=("purchases", "default_product"), parts=(COSTS,)))
    return found, status


def _needed(options: SyncOptions) -> Iterator[str]:
    yield from _ALL
    if options.invoices.carried:
        yield from ("invoices:read", "invoices:write")
    if options.purchases.carried:
        yield from ("fees:read", "fees:write")
    if options.invoices.carried and options.invoices.attachments:
        yield "files:read"
    if options.purchases.carried and options.purchases.images:
        yield from ("files:read", "files:write")


def _scope(scope: str) -> Lack:
    parts = tuple(part for part, needed in ((INVOICES, _INVOICES), (COSTS, _COSTS)) if scope in needed)
    return Lack(sentence=messages.no_scope(scope), field=_KEYS, parts=parts)


async def _find_addons(calls: session.Session) -> list[Lack]:
    active = (await registers.Registers(calls).fetch_organization()).active_addons
    if active is None:
        return []
    missing = [name for name in _ADDONS if not any(name.casefold() in one.casefold() for one in active)]
    return [Lack(sentence=messages.no_addon(name), field=_KEYS, parts=(runs.EVERYTHING,)) for name in missing]


def _check_statuses(statuses: Sequence[invoice_wire.InvoiceStatus], wanted: SalesInvoiceOptions) -> Iterator[Lack]:
    """Each status stands once, and does what is asked of it."""
    for field in ("from_status", "transferred_status", "sent_status", "paid_status"):
        if not (name := getattr(wanted, field)):
            continue
        named = [one for one in statuses if one.name == name]
        said = _judge(field, named[0], wanted) if len(named) == 1 else messages.no_status(name, len(named))
        if said:
            yield Lack(sentence=said, field=("invoices", field), parts=(INVOICES,))


def _judge(field: str, one: invoice_wire.InvoiceStatus, wanted: SalesInvoiceOptions) -> str:
    """What is wrong with a status for what it is used for; "" when nothing is."""
    name = one.name or ""
    if one.is_paid != (field == "paid_status"):
        return messages.paid(name) if one.is_paid else messages.not_paid(name)
    if field != "from_status":
        return ""
    if one.is_read_only:
        return messages.read_only(name)
    numbers = wanted.number_master == "severa"
    if one.has_invoice_number is None or one.has_invoice_number == numbers:
        return ""
    return messages.unnumbered(name) if numbers else messages.numbered(name)
