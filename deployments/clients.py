"""The clients' persons that a tenant's file names: who may see its pages."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

from deployments import problems
from fakturabro.systems.mail import letters


def check(file: pathlib.Path, content: Any) -> Iterator[problems.Problem]:
    """Each person has a name and an e-mail address of their own, and says which tenant where the file holds several."""
    listed = content.get("clients") or []
    if not isinstance(listed, list):
        yield problems.at(file, problems.line(content, "clients"), f"clients er ingen liste (fant {listed!r}).")
        return
    tenants = set(_tenants(content))
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(listed):
        line = problems.line_at(content, ("clients", number))
        name, email, tenant = (_text(one, key) for key in ("name", "email", "tenant"))
        if not name or not letters.is_usable(email) or set(one) - {"tenant"} != {"name", "email"}:
            yield problems.at(file, line, "En klientperson har name og email, begge utfylt, og eventuelt tenant.")
        elif tenant not in tenants if tenant else len(tenants) > 1:
            said = f"Skriv tenant på klientpersonen {email}: én av {', '.join(sorted(tenants))}."
            yield problems.at(file, line, said)
        elif (email.casefold(), tenant) in seen:
            yield problems.at(file, line, f"Klientpersonen {email} står to ganger.")
        seen.add((email.casefold(), tenant))


def _text(one: Any, key: str) -> str:
    """What stands under a key, when it is text."""
    value = one.get(key) if isinstance(one, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _tenants(content: Any) -> Iterator[str]:
    parts = content.get("deployments")
    for part in parts if isinstance(parts, list) else ():
        parameters = part.get("parameters") if isinstance(part, dict) else None
        if isinstance(parameters, dict) and parameters.get("tenant"):
            yield str(parameters["tenant"])
