"""`fakturabro resend`: what a target refused is tried again when a person says so; the target is always read back first."""

from __future__ import annotations

import contextlib
import sys

from fakturabro.domain import documents as values
from fakturabro.domain import identity
from fakturabro.ledger import decisions, deliveries, documents, opened
from fakturabro.ledger.returns import movements, vouchers
from fakturabro.ledger.synchronising import pairs
from tasks import clock, connect

_KINDS = (*values.KINDS, movements.KIND, *values.SYNC_KINDS)


def resend(tenant: str, number: str, why: str, who: str, kind: str = "") -> int:
    """Put what was refused in doubt: the next run asks the target, and sends what is certainly absent. 1: nothing was refused.

    Where a person must decide, it is somebody else than `who`. Where numbers of several kinds are alike, `kind` chooses.
    """
    if kind not in ("", *_KINDS):
        sys.stdout.write(_UNKNOWN.format(kind=kind, kinds=", ".join(_KINDS)))
        return 1
    said = f"{who}: {identity.mask_identity_numbers(why)}"
    with contextlib.closing(connect.open_ledger()) as ledger:
        ids = _find(ledger, tenant, number, kind)
        refused = [row for purpose in values.ALL_PURPOSES for row in deliveries.find_open(ledger, tenant, purpose, ["rejected"])]
        wanted = {_sending(row) for row in refused if row.document_id in ids}
        rows = [row for row in refused if _sending(row) in wanted]
        deliveries.record_doubts(ledger, tenant, rows, f"{decisions.RESENT}{who}", said, clock.now())
    sys.stdout.write(_SENT.format(count=len(rows), number=number) if rows else _NOTHING.format(number=number, tenant=tenant))
    return 0 if rows else 1


def _find(ledger: opened.Ledger, tenant: str, number: str, kind: str) -> set[int]:
    """By its own number; an invoice from Severa also by its number in Fortnox, or where it has none by its key."""
    found = {head.id for head in documents.find_by_number(ledger, tenant, [number], [kind] if kind else _KINDS)}
    if kind in ("", "sales_invoice"):
        keys = [one.severa_key for one in pairs.find(ledger, tenant, "invoice", fortnox_keys=[number])]
        known = documents.find_known(ledger, tenant, "severa", [*keys, number])
        found |= {one.id for one in known.values() if one.kind == "sales_invoice"}
    return found


def _sending(row: deliveries.Open) -> tuple[str | None, str | None]:
    """What left together: a voucher with all that it carries, anything else by itself."""
    reference, _ = vouchers.from_natural_key(row.natural_key or "")
    return row.target, reference if row.target in (vouchers.TARGET, vouchers.REVERSALS) else row.natural_key


_SENT = "{count} avvist(e) levering(er) av {number} leses tilbake i neste luke og sendes på nytt hvis motparten ikke har dem.\n"
_NOTHING = "Ingenting av {number} er avvist for {tenant}. Bare det som er avvist, kan sendes på nytt.\n"
_UNKNOWN = "Ukjent type «{kind}». Typene er {kinds}.\n"
