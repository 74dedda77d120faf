"""`fakturabro letter`: what operators do about letters after the print partner has them."""

from __future__ import annotations

import contextlib
import getpass
import sys
from typing import Annotated

import typer

application = typer.Typer(no_args_is_help=True)


@application.callback()
def _of_letters() -> None:
    """Brev hos trykkeriet."""


@application.command()
def close(
    tenant: Annotated[str, typer.Argument(help="Klienten.")],
    job: Annotated[str, typer.Argument(help="Trykkerijobben, som alarmen sier.")],
    why: Annotated[str, typer.Option(help="Hva som ble gjort med brevet.")],
    who: Annotated[str, typer.Option(help="Hvem som lukker saken.")] = "",
) -> None:
    """Lukk saken om et brev som ble avvist eller kom i retur. Ingenting sendes."""
    from fakturabro.domain import identity
    from fakturabro.ledger.distribution import print_receipts
    from tasks import clock, connect

    with contextlib.closing(connect.open_ledger()) as ledger:
        whose = print_receipts.find_jobs(ledger, [job]).get(job)
        said = identity.mask_identity_numbers(why)
        closed = (
            whose is not None
            and whose.tenant == tenant
            and whose.delivery_id is not None
            and print_receipts.close(ledger, tenant, whose.delivery_id, who or getpass.getuser(), said, clock.now())
        )
    sys.stdout.write(f"Saken om {job} er lukket.\n" if closed else f"Ingen åpen sak om {job} hos {tenant}.\n")
    raise typer.Exit(0 if closed else 1)
