"""The approvers that a tenant's file names: who may decide on the gateway's pages."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

from deployments import problems
from fakturabro.systems.mail import letters


def check(file: pathlib.Path, content: Any) -> Iterator[problems.Problem]:
    """Each approver has a name and an e-mail address of their own; one alone could not approve a change of approvers."""
    seen: set[str] = set()
    for number, one in enumerate(content.get("approvers") or []):
        line = problems.line_at(content, ("approvers", number))
        name, email = (str(one.get(key) or "").strip() for key in ("name", "email")) if isinstance(one, dict) else ("", "")
        if not name or not letters.is_usable(email) or set(one) != {"name", "email"}:
            yield problems.at(file, line, "En godkjenner har nøyaktig name og email, begge utfylt.")
        elif email.casefold() in seen:
            yield problems.at(file, line, f"Godkjenneren {email} står to ganger.")
        seen.add(email.casefold())
