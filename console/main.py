"""The `fakturabro` command. Exit codes: 0 done, 1 something is wrong, 2 unusable input, 3 done in part (demo)."""

from __future__ import annotations

import datetime as dt
import io
import pathlib
import sys
from typing import Annotated

import msgspec
import typer

from console import fortnox, letters, objections, operating

application = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Fakturabro: fakturaer mellom systemer, uten tap og uten dubletter.",
)
application.add_typer(operating.application)
application.add_typer(letters.application, name="letter")
application.add_typer(fortnox.application, name="fortnox")
application.add_typer(objections.application, name="objection")
_FILES = Annotated[
    list[pathlib.Path], typer.Argument(help="Filer for Prefect-deployments, én per klient.", exists=True, dir_okay=False)
]
_DATABASE = Annotated[
    str, typer.Option(help="Tomt: SQLite. postgresql: en egen PostgreSQL fra Debians pakke. Ellers adressen til en PostgreSQL.")
]


@application.command()
def read(
    file: Annotated[pathlib.Path, typer.Argument(help="Filen som skal leses.", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Skriv resultatet som JSON.")] = False,
) -> None:
    """Si hva en fil er, etter innholdet, hva som står i den, og hva som er galt med den."""
    from console import read as reading
    from tasks import installation

    try:
        with file.open("rb") as opened:
            source = opened if opened.seekable() else io.BytesIO(opened.read())
            summary = reading.read(source, installation.current().ehf_rules)
    except reading.UnknownFormatError as error:
        _say(f"{file}: {error}")
        raise typer.Exit(2) from None
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
        return
    totals = ", ".join(f"{amount} {currency}" for currency, amount in summary.totals.items())
    _say(f"{file}: {summary.format}, {summary.documents} dokument(er), sum {totals or 'ingen'}")
    for finding in summary.findings:
        _say(f"{file}:{finding.line or 1}: {finding.severity} {finding.code}: {finding.message}")


@application.command()
def migrate() -> None:
    """Lag hovedboken, eller bring den til siste skjema."""
    from fakturabro.ledger import engine
    from tasks import installation

    opened = engine.connect(installation.current().ledger)
    engine.migrate(opened)
    opened.dispose()


@application.command()
def check(files: _FILES) -> None:
    """Kontroller klientfiler: hver feil nevnes med fil og linje."""
    from deployments import activation, problems, tenants

    wrong = False
    for file in files:
        try:
            for deployment in tenants.check(file):
                _say(f"{file}: {deployment.name}: {deployment.flow} for {deployment.tenant}")
            for one in activation.find(file):
                _say(one.shown())
        except problems.TenantFileError as error:
            _say(str(error))
            wrong = True
    raise typer.Exit(1 if wrong else 0)


@application.command()
def apply(files: _FILES) -> None:
    """Kontroller klientfiler og skriv dem til Prefect og hovedboken."""
    from deployments import applying, problems

    try:
        for deployment in applying.apply(files, _say):
            _say(f"{deployment.name}: {deployment.flow} for {deployment.tenant}")
    except (problems.TenantFileError, applying.ApplyError) as error:
        _say(str(error))
        raise typer.Exit(1) from None


@application.command()
def up(
    folder: Annotated[pathlib.Path, typer.Option(help="Der alt av data ligger.")] = pathlib.Path("var/up"),
    database: _DATABASE = "",
) -> None:
    """Start Prefect, arbeidere og sandkassene, og la dem gå. Stopp med Ctrl-C."""
    from console import up as standing

    raise typer.Exit(standing.run(folder, database))


@application.command()
def demo(
    out: Annotated[pathlib.Path, typer.Option(help="Der resultatet skrives.")] = pathlib.Path("out"), database: _DATABASE = ""
) -> None:
    """Kjør en hel dag for to sandkasseklienter og kontroller alt hos alle motparter."""
    from console.demo import day

    raise typer.Exit(day.run(out, database))


@application.command()
def transfers(
    tenant: Annotated[str, typer.Argument(help="Klientens nøkkel.")],
    file: Annotated[pathlib.Path, typer.Argument(help="Filen som skrives, .csv eller .xlsx. Den inneholder navn og adresser.")],
    since: Annotated[dt.datetime | None, typer.Option(help="Første dag (norsk tid).", formats=["%Y-%m-%d"])] = None,
    until: Annotated[dt.datetime | None, typer.Option(help="Siste dag (norsk tid).", formats=["%Y-%m-%d"])] = None,
) -> None:
    """Skriv overføringsloggen mellom Severa og Fortnox til en fil."""
    from console import transfers as exporting

    raise typer.Exit(exporting.export(tenant, file, since, until))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> None:
    """The console script."""
    application()


if __name__ == "__main__":
    main()
