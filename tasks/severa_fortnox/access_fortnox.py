"""What a client's Fortnox lacks: whose it is, scopes of the consent, licences, project accounting."""

from __future__ import annotations

from collections.abc import Iterator

from fakturabro.domain import identity
from fakturabro.systems.fortnox import probing, registers, session
from tasks import runs
from tasks.severa_fortnox import access_messages as messages
from tasks.severa_fortnox.demands import COSTS, INVOICES, Lack
from tasks.severa_fortnox.options import SyncOptions

_OWNER = ("organisation_number",)
_PARTS = {
    "companyinformation": (runs.EVERYTHING,),
    **dict.fromkeys(("invoice", "currency"), (INVOICES,)),
    **dict.fromkeys(("supplierinvoice", "bookkeeping"), (COSTS,)),
    "project": (COSTS,),
}


async def find_lacks(calls: session.Session, options: SyncOptions) -> list[Lack]:
    """What is lacking. Raises the ladder; CredentialError where there is no access at all."""
    lacks = await probing.probe(calls, dict.fromkeys(_needed(options)))
    found = [Lack(sentence=one.sentence, field=_OWNER, parts=_PARTS.get(one.scope, ())) for one in lacks]
    if not any(one.scope == "companyinformation" for one in lacks):
        found += await _check_owner(calls, options)
    return found


def _needed(options: SyncOptions) -> Iterator[str]:
    yield from ("companyinformation", "customer", "article", "settings")
    if options.projects.carried or options.purchases.carried:
        yield "project"
    if options.invoices.carried:
        yield from ("invoice", "currency")
    if options.invoices.carried and options.invoices.attachments:
        yield from ("connectfile", "inbox", "archive")
    if options.purchases.carried:
        yield from ("supplierinvoice", "bookkeeping")
    if options.purchases.carried and options.purchases.images:
        yield from ("connectfile", "archive")


async def _check_owner(calls: session.Session, options: SyncOptions) -> list[Lack]:
    company = await registers.Registers(calls).fetch_company()
    stands, ours = company.organization_number or "", options.organisation_number
    if _bare(stands) == _bare(ours):
        return []
    said = messages.other_company(company.company_name or "?", stands, ours)
    return [Lack(sentence=said, field=_OWNER, parts=(runs.EVERYTHING,))]


def _bare(number: str) -> str:
    """The digits; a Swedish number with its century is the same without."""
    digits = identity.digits(number)
    return digits[2:] if len(digits) == 12 else digits
