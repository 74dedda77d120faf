"""The commands of those who operate an installation: stop and resume, watch, recover, the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import getpass
import pathlib
from collections.abc import Coroutine
from typing import Annotated

import typer

application = typer.Typer()
_journal = typer.Typer(help="Sendejournalen.", no_args_is_help=True)
_certificate = typer.Typer(help="Leveringsattester.", no_args_is_help=True)
application.add_typer(_journal, name="journal")
application.add_typer(_certificate, name="certificate")
_client = typer.Typer(help="Hvem som ser klientsidene.", no_args_is_help=True)
application.add_typer(_client, name="client")
_PERSON = Annotated[str, typer.Argument(help="Personens adresse, som den står under clients i klientfilen.")]
_BY = Annotated[str, typer.Option(help="Hvem som ber om det; står i loggen.")]
_TENANT = Annotated[str, typer.Argument(help="Klientens nøkkel.")]
_SCOPE = Annotated[str, typer.Argument(help="Formål, kanal eller mål. Utelatt: alt for klienten.")]
_WHY = Annotated[str, typer.Option(help="Hvorfor.")]


@application.command()
def stop(
    tenant: _TENANT,
    why: _WHY,
    scope: _SCOPE = "",
    owner: Annotated[str, typer.Option(help="Den som svarer for stansen.")] = "",
    days: Annotated[int, typer.Option(help="Arbeidsdager til ny vurdering.", min=1, max=60)] = 3,
    review_at: Annotated[dt.datetime | None, typer.Option(help="Tidspunkt for ny vurdering (norsk tid).")] = None,
) -> None:
    """Stans det som sendes for en klient: alt, et formål, en kanal eller et mål."""
    from console import stopping

    raise typer.Exit(stopping.stop(tenant, scope, why=why, owner=owner or getpass.getuser(), days=days, review_at=review_at))


@application.command()
def resume(
    tenant: _TENANT,
    why: _WHY,
    scope: _SCOPE = "",
    owner: Annotated[str, typer.Option(help="Den som opphever stansen.")] = "",
) -> None:
    """Opphev en stans."""
    from console import stopping

    raise typer.Exit(stopping.resume(tenant, scope, why=why, by=owner or getpass.getuser()))


@application.command()
def resend(
    tenant: _TENANT,
    number: Annotated[str, typer.Argument(help="Nummeret til fakturaen, kunden, produktet, prosjektet eller kostnaden.")],
    why: _WHY,
    who: Annotated[str, typer.Option(help="Hvem som ber om det.")] = "",
    kind: Annotated[str, typer.Option(help="Bare denne typen, f.eks. customer eller sales_invoice.")] = "",
) -> None:
    """Prøv på nytt det en motpart har avvist. Motparten leses alltid tilbake først."""
    from console import resending

    raise typer.Exit(resending.resend(tenant, number, why, who or getpass.getuser(), kind))


@application.command()
def watch(
    once: Annotated[bool, typer.Option("--once", help="Se én gang (standard).")] = False,
    every: Annotated[float | None, typer.Option(help="Minutter mellom rundene.", min=0.1)] = None,
    mail: Annotated[str, typer.Option(help="Hvem som får nye alarmer på e-post.")] = "",
    grace: Annotated[int, typer.Option(help="Minutter før en luke regnes som tapt.", min=0)] = 30,
    silent_after: Annotated[int, typer.Option(help="Arbeidsdager uten dokumenter.", min=1)] = 5,
) -> None:
    """Se etter det som ikke skjer. 0 ingen alarm, 1 alarmer, 2 kunne ikke se."""
    from console.watching import alarms
    from console.watching import passes as watching

    if once and every is not None:
        raise typer.BadParameter("velg enten --once eller --every")
    raise typer.Exit(watching.watch(every, mail, alarms.Limits(grace=dt.timedelta(minutes=grace), silent_after=silent_after)))


@application.command()
def recover(
    tenants: Annotated[list[str] | None, typer.Argument(help="Klienter; ingen betyr alle som er låst.")] = None,
    journal_lost: Annotated[bool, typer.Option("--journal-lost", help="Sendejournalen er tapt for godt.")] = False,
    give_up: Annotated[
        str, typer.Option("--give-up", metavar="HVORFOR", help="Dokumentene som står igjen, finnes ikke lenger hos kilden.")
    ] = "",
) -> None:
    """Spill av sendejournalen etter en tilbakelagt sikkerhetskopi, les tilbake og lås opp."""
    from console import recovering

    if give_up:
        if not tenants:
            raise typer.BadParameter("--give-up krever en klient")
        raise typer.Exit(recovering.give_up(tenants, give_up, getpass.getuser()))
    raise typer.Exit(recovering.recover(tenants or [], journal_lost=journal_lost))


@_journal.callback()
def _of_the_journal() -> None:
    """Sendejournalen."""


@_journal.command("verify")
def verify_journal() -> None:
    """Kontroller sendejournalens kjede."""
    from console import recovering

    raise typer.Exit(recovering.verify())


@application.command()
def report(
    tenant: _TENANT,
    number: Annotated[int, typer.Option("--number", help="Rapportens nummer; uten er det den nyeste.")] = 0,
    to: Annotated[pathlib.Path, typer.Option(help="Mappen som filene legges i.")] = pathlib.Path(),
) -> None:
    """Hent en klientrapport som HTML, PDF og regneark."""
    from console import reports
    from fakturabro.ledger.clients import reports as client_reports
    from tasks import connect

    ledger = connect.open_ledger()
    try:
        newest = client_reports.find_newest(ledger, tenant, 1)
        one = client_reports.find(ledger, tenant, number) if number else (newest[0] if newest else None)
        saved = reports.save(ledger, tenant, one, to) if one else []
    finally:
        ledger.close()
    for path in saved:
        typer.echo(path)
    if not saved:
        typer.echo(f"{tenant} har ingen slik rapport, eller den er slettet etter oppbevaringstiden.")
        raise typer.Exit(1)


@application.command()
def gateway() -> None:
    """Start nettsidene for godkjennere og klienter. Stopp med Ctrl-C eller SIGTERM."""
    from console import gateway as serving
    from tasks import asking

    serving.serve(asking.GatewaySettings())


@application.command()
def enrol(
    tenant: _TENANT,
    email: Annotated[str, typer.Argument(help="Godkjennerens adresse, som den står i klientfilen.")],
    by: Annotated[str, typer.Option(help="Hvem som ber om det.")] = "",
    without_consent: Annotated[
        bool, typer.Option("--without-consent", help="Ingen kan spørres lenger. Krever --why og --by, og vaktmannen varsler.")
    ] = False,
    why: Annotated[str, typer.Option(help="Hvorfor ingen kan spørres.")] = "",
) -> None:
    """Inviter en godkjenner til å sette opp kodegenerator."""
    from console import gateway as inviting

    if without_consent:
        if not (why.strip() and by.strip()):
            raise typer.BadParameter("--without-consent krever --why og --by")
        _invite(inviting.invite_without_consent(tenant, email, why.strip(), by.strip()))
    else:
        _invite(inviting.invite_approver(tenant, email, by or getpass.getuser()))


@application.command()
def connect(tenant: _TENANT, email: Annotated[str, typer.Argument(help="Klientens adresse.")]) -> None:
    """Send klienten en lenke for å koble til PowerOffice."""
    from console import gateway as inviting

    _invite(inviting.invite_client(tenant, email))


@_client.command("invite")
def invite_reader(tenant: _TENANT, email: _PERSON, by: _BY = "") -> None:
    """Send en person hos klienten en lenke til klientsidene."""
    from console import gateway as inviting

    _invite(inviting.invite_reader(tenant, email, by or getpass.getuser()))


@_client.command("revoke")
def revoke_reader(tenant: _TENANT, email: _PERSON, by: _BY = "") -> None:
    """Steng alle lenkene til en person hos klienten, med en gang."""
    from console import gateway as inviting

    typer.echo(inviting.revoke_reader(tenant, email, by or getpass.getuser()))


def _invite(inviting: Coroutine[None, None, str]) -> None:
    from fakturabro.remote import errors
    from tasks import connect as connecting
    from tasks import kept_secrets

    try:
        typer.echo(asyncio.run(inviting))
    except (errors.RemoteError, kept_secrets.SecretError, connecting.SettingError) as error:
        typer.echo(f"Ingen lenke er sendt: {error}")
        raise typer.Exit(1) from None


@application.command()
def show(
    wanted: Annotated[str, typer.Argument(metavar="NUMMER|ID")],
    tenant: Annotated[str, typer.Option(help="Klientens nøkkel.")],
    export: Annotated[pathlib.Path | None, typer.Option(help="Skriv en zip som kan kontrolleres uten oss.")] = None,
    who: Annotated[str, typer.Option(help="Hvem som ser; står i loggen over innsyn.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Skriv resultatet som JSON.")] = False,
) -> None:
    """Vis hele livet til et dokument: kilden, funnene, det som ble sendt, og svarene."""
    from console import showing
    from fakturabro.ledger.journal import sendings as journal
    from tasks import connect as connecting

    with contextlib.closing(connecting.open_ledger()) as ledger:
        try:
            lines = showing.read_journal(connecting.open_journal(), tenant)
            life = showing.show(ledger, tenant, wanted, who or getpass.getuser(), export, lines)
        except (showing.ShowError, journal.JournalError) as error:
            typer.echo(str(error))
            raise typer.Exit(1) from None
    typer.echo(showing.to_json(life) if as_json else showing.to_text(life))


@_certificate.callback()
def _of_the_certificates() -> None:
    """Leveringsattester."""


@_certificate.command("verify")
def verify_certificates(
    tenants: Annotated[list[str] | None, typer.Argument(help="Klienter; ingen betyr alle.")] = None,
    known: Annotated[list[str] | None, typer.Option("--hash", help="Hash som skal stå i kjeden.")] = None,
) -> None:
    """Kontroller attestene mot hverandre og mot det de teller. Kode 1 når noe er endret."""
    from console import certificates
    from tasks import connect as connecting

    with contextlib.closing(connecting.open_ledger()) as ledger:
        lines, whole = certificates.verify(ledger, tenants or [], known or [])
    typer.echo("\n".join(lines))
    raise typer.Exit(0 if whole else 1)
