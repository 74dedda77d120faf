"""`fakturabro objection`: what operators do about what debtors say is wrong. What they wrote is in `fakturabro show`."""

from __future__ import annotations

import contextlib
import getpass
import sys
from typing import Annotated

import typer

application = typer.Typer(no_args_is_help=True)
_TENANT = Annotated[str, typer.Argument(help="Klienten.")]


@application.callback()
def _of_objections() -> None:
    """Innsigelser fra skyldnere."""


@application.command("list")
def list_open(tenant: _TENANT) -> None:
    """Vis innsigelsene som står. Det skyldneren skrev, står i `fakturabro show`."""
    from fakturabro.domain import calendar
    from fakturabro.ledger.portal import objections
    from tasks import connect
    from tasks.debtors import objection_messages

    with contextlib.closing(connect.open_ledger()) as ledger:
        found = objections.find_open(ledger, tenant)
    for one in found:
        at, reason = one.at.astimezone(calendar.OSLO), objection_messages.reason("nb", one.kind)
        sys.stdout.write(f"{one.id}: bilag {one.number}, {at:%d.%m.%Y %H:%M}: {reason}\n")
    if not found:
        sys.stdout.write(f"Ingen åpne innsigelser hos {tenant}.\n")


@application.command()
def close(
    tenant: _TENANT,
    objection: Annotated[int, typer.Argument(help="Nummeret som `fakturabro objection list` viser.")],
    why: Annotated[str, typer.Option(help="Hva som ble avtalt.")],
    who: Annotated[str, typer.Option(help="Hvem som lukker innsigelsen.")] = "",
) -> None:
    """Lukk en innsigelse. Brevet som den holdt, venter igjen når det var den siste."""
    from fakturabro.ledger.portal import objections
    from tasks import clock, connect

    with contextlib.closing(connect.open_ledger()) as ledger:
        closed = objections.close(ledger, tenant, objection, who or getpass.getuser(), why, clock.now())
    sys.stdout.write(f"Innsigelse {objection} er lukket.\n" if closed else f"Ingen åpen innsigelse {objection} hos {tenant}.\n")
    raise typer.Exit(0 if closed else 1)
