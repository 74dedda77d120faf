"""The logo that a tenant's file names: it lies beside the file, is checked with it, and kept in the ledger when it is applied."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from deployments import problems, reasons
from fakturabro.formats.invoice_pdf import logos
from fakturabro.ledger import applied, brand_files, opened

_PLACE = ("options", "distribution", "brand", "logo")


def check(file: pathlib.Path, parameters: Any) -> Iterator[problems.Problem]:
    """A fault for a logo that is not there, or that cannot stand on an invoice. A wrong name is somebody else's fault to find."""
    name = _name(parameters)
    if not name:
        return
    try:
        read(file, name)
    except (OSError, logos.LogoError) as error:
        said = str(error) if isinstance(error, logos.LogoError) else f"{name} finnes ikke ved siden av filen, eller kan ikke leses."
        yield problems.at(file, problems.line_at(parameters, _PLACE), f"{'.'.join(_PLACE)}: {said}")


def read(file: pathlib.Path, name: str) -> bytes:
    """The logo's bytes. Raises OSError or logos.LogoError."""
    with file.resolve().parent.joinpath(name).open("rb") as opened:
        content = opened.read(logos.LARGEST + 1)
    logos.check(content)
    return content


def record(ledger: opened.Ledger, file: pathlib.Path, tenant: str, stated: Sequence[applied.Deployment], at: dt.datetime) -> None:
    """Keep the logos that a tenant's deployments name."""
    for name in sorted({_name(one.parameters) for one in stated} - {""}):
        brand_files.record(ledger, tenant, name, read(file, name), at)


def _name(parameters: Any) -> str:
    name = reasons.find(parameters, _PLACE)
    return str(name) if isinstance(name, str) and "/" not in name and "\\" not in name else ""
