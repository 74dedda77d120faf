"""The demo's search for leaks: every secret and every identity number, in everything that the day produced."""

from __future__ import annotations

import base64
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import PrefectClient

from console import serving

_NOT_SEARCHED = ("secrets", "print", "sandboxes.json")
"""Where secrets and letters belong, in the installation's folder. What was sent to debtors holds what the client wrote to them."""
_MUST_BE_SEARCHED = {"noen logg": "logs/*.log", "sendejournalen": "journal/*.jsonl"}
_NOTHING: Mapping[str, str] = {}
_DATABASES = {
    "sqlite": {"hovedboken": "ledger.db", "databasen til Prefect": "prefect/prefect.db"},
    "postgresql": {"hovedboken": "ledger.sql", "databasen til Prefect": "prefect.sql"},
}


class SearchError(Exception):
    """The search passed over what it is there for; the message says what."""


async def read_api_answers(installation: serving.Installation) -> str:
    """Everything that Prefect's API shows of the day, as JSON."""
    auth = installation.environment["PREFECT_API_AUTH_STRING"]
    answers: dict[str, Any] = {}
    async with PrefectClient(installation.api, auth_string=auth) as client:
        raw = client._client  # the raw answers, not what the SDK makes of them
        for name in (
            "flow_runs",
            "task_runs",
            "artifacts",
            "deployments",
            "logs",
            "block_documents",
            "variables",
        ):
            answer = await raw.post(f"/{name}/filter", json={"limit": 200})
            answers[name] = answer.json()
    return json.dumps(answers, ensure_ascii=False, indent=1)


def find(installation: serving.Installation, out: pathlib.Path, also: Mapping[str, str] = _NOTHING) -> list[str]:
    """A sentence for each secret or identity number that stands where it should not; names the secret, never its value.

    `also` are more secrets, by name. Raises SearchError when the ledger, Prefect's database or every log is missing: nothing found
    there proves nothing.
    """
    looked_for = {
        **installation.secrets,
        **also,
        **{f"fødselsnummer {n}": number for n, number in enumerate(installation.sandboxes["identity_numbers"], 1)},
    }
    needles = [(name, form) for name, value in looked_for.items() for form in _forms(name, value, looked_for)]
    found: list[str] = []
    files = _searched(installation.folder, _DATABASES["postgresql" if installation.databases else "sqlite"])
    files += [path for path in out.glob("*.json") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        found += [f"{name} står i {path}" for name, form in needles if form in content]
    return found


def _searched(folder: pathlib.Path, databases: Mapping[str, str]) -> list[pathlib.Path]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] not in _NOT_SEARCHED]
    for what, pattern in {**_MUST_BE_SEARCHED, **databases}.items():
        if not any(path in files and path.stat().st_size for path in folder.glob(pattern)):
            raise SearchError(f"Søket etter hemmeligheter fant ikke {what} ({pattern}) i {folder}, og beviser derfor ingenting.")
    return files


def _forms(name: str, value: str, all_secrets: dict[str, str]) -> list[bytes]:
    """How a secret may look when it leaks: as it is, in base64, and in a Basic authorization with the application key."""
    forms = [value.encode(), base64.b64encode(value.encode())]
    if name.endswith("poweroffice_client_key"):
        pair = f"{all_secrets['poweroffice.application_key']}:{value}"
        forms.append(base64.b64encode(pair.encode()))
    return forms
