"""The sandboxed Severa of an installation: whose it is, and the keys that the client's administrator made there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TENANTS = ("hardanger", "vanern")
"""The tenants that have Severa and Fortnox."""


def secrets(known: Mapping[str, Any]) -> dict[str, str]:
    """Their keys, by the name that each secret has here; `known` is what the sandboxes say of Severa."""
    found = {}
    for tenant in TENANTS:
        client_id, client_secret = known["clients"][tenant]
        found |= {f"{tenant}.severa_client_id": client_id, f"{tenant}.severa_client_secret": client_secret}
    return found
