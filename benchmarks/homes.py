"""A home for the product to run in: a folder with its own ledger and secrets, and the environment that names them."""

from __future__ import annotations

import base64
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from benchmarks import material
from fakturabro.ledger import engine
from tasks import installation

QUIET = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "ERROR",
}


def move_in(folder: pathlib.Path, sandboxes: Mapping[str, Any] | None = None) -> None:
    """Make this process an installation of its own in `folder`, with an empty ledger; `sandboxes` are their addresses and keys."""
    known = {
        **dict.fromkeys(("ledger.key", "portal.key"), base64.b64encode(bytes(32)).decode()),
        **dict.fromkeys(("poweroffice.application_key", "poweroffice.subscription_key", "factoring.key", "access_point.key"), "x"),
        f"{material.TENANT}.poweroffice_client_key": material.COMPANY.client_key,
        **(_keys(sandboxes) if sandboxes else {}),
    }
    for name, value in known.items():
        path = folder / "secrets" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch(mode=0o600)
        path.write_text(value, encoding="utf-8")
    os.environ.update(QUIET | {"FAKTURABRO_HOME": str(folder), "FAKTURABRO_SECRETS": str(folder / "secrets")} | _places(sandboxes))
    installation.current.cache_clear()
    opened = engine.connect(installation.current().ledger)
    engine.migrate(opened)
    opened.dispose()


def _keys(sandboxes: Mapping[str, Any]) -> dict[str, str]:
    return {
        "poweroffice.application_key": sandboxes["poweroffice"]["application_key"],
        "poweroffice.subscription_key": sandboxes["poweroffice"]["subscription_key"],
        "factoring.key": sandboxes["factoring"]["key"],
        "access_point.key": sandboxes["access_point"]["key"],
    }


def _places(sandboxes: Mapping[str, Any] | None) -> dict[str, str]:
    always = {"FAKTURABRO_MAIL_SENDER": "faktura@factoring.example", "FAKTURABRO_MAIL_DOMAIN": "factoring.example"}
    if sandboxes is None:
        return always
    return always | {
        "FAKTURABRO_POWEROFFICE_V1": sandboxes["poweroffice"]["v1_url"],
        "FAKTURABRO_POWEROFFICE_V2": sandboxes["poweroffice"]["v2_url"].removesuffix("/v2"),
        "FAKTURABRO_FACTORING": sandboxes["factoring"]["url"],
        "FAKTURABRO_ACCESS_POINT": sandboxes["access_point"]["url"],
        "FAKTURABRO_PEPPOL": "sandbox",
        "FAKTURABRO_PEPPOL_RESOLVER": sandboxes["peppol"]["resolver"],
        "FAKTURABRO_SMTP_PORT": str(sandboxes["mail"]["port"]),
        "FAKTURABRO_PRINT_FOLDER": sandboxes["print"]["folder"],
    }
