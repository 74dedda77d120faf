"""The commands that connect a client's Fortnox and disconnect it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Coroutine
from typing import Annotated

import typer

application = typer.Typer(help="Koble klienten til Fortnox.", no_args_is_help=True)
_TENANT = Annotated[str, typer.Argument(help="Klientens nøkkel.")]


@application.command()
def connect(tenant: _TENANT, email: Annotated[str, typer.Argument(help="Adressen til klientens systemadministrator.")]) -> None:
    """Send klienten en lenke for å koble til Fortnox, eller for å koble fra."""
    from console import fortnox_connecting

    _say(fortnox_connecting.invite(tenant, email))


@application.command()
def disconnect(tenant: _TENANT, by: Annotated[str, typer.Option(help="Hvem som ber om det; står i loggen.")] = "") -> None:
    """Trekk tilbake samtykket i Fortnox, og slett tilgangen."""
    from console import fortnox_connecting

    _say(fortnox_connecting.disconnect(tenant, by or getpass.getuser()))


@application.command()
def unlink(
    tenant: _TENANT,
    register: Annotated[str, typer.Argument(help="kunde, artikkel eller prosjekt.")],
    key: Annotated[str, typer.Argument(help="Nummeret i Fortnox eller nøkkelen i Severa.")],
    why: Annotated[str, typer.Option(help="Hvorfor; står i loggen.")],
    different: Annotated[bool, typer.Option("--different", help="De er to forskjellige, og kobles ikke igjen.")] = False,
    by: Annotated[str, typer.Option(help="Hvem som ber om det; står i loggen.")] = "",
) -> None:
    """Opphev koblingen mellom Severa og Fortnox for én oppføring."""
    from console import unlinking

    raise typer.Exit(unlinking.unlink(tenant, register, key, why, by or getpass.getuser(), different=different))


def _say(working: Coroutine[None, None, str]) -> None:
    from fakturabro.remote import errors
    from tasks import connect as connecting
    from tasks import kept_secrets

    try:
        typer.echo(asyncio.run(working))
    except (errors.RemoteError, kept_secrets.SecretError, connecting.SettingError) as error:
        typer.echo(f"Ikke gjort: {error}")
        raise typer.Exit(1) from None
