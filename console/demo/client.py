"""The demo's clients: what their bookkeepers do in PowerOffice between the slots."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from console import serving

_MENDED = {"AddressLine1": "Storgata 14", "AddressLine2": "", "ZipCode": "0155", "City": "OSLO", "CountryCode": "NO"}
_MENDABLE = ("address_missing", "address_placeholder", "address_blank")


def mend_cards(installation: serving.Installation) -> dict[str, int]:
    """Fill in the postal addresses that are missing, and make new invoices; how many cards were mended, by tenant."""
    known = installation.sandboxes["poweroffice"]
    httpx.post(f"{known['v1_control_url']}/later").raise_for_status()
    expected = httpx.get(f"{known['v1_control_url']}/expected").json()
    mended: dict[str, int] = {}
    for tenant, company in installation.clients().items():
        ours = [one for one in expected if one["client_key"] == company["client_key"]]
        numbers = sorted({one["buyer"] for one in ours if set(one["problems"]) & set(_MENDABLE)})
        for number in numbers:
            _mend_card(known, company["client_key"], number)
        mended[tenant] = len(numbers)
    return mended


def _mend_card(known: Mapping[str, Any], client_key: str, number: int) -> None:
    """PATCH of the address through v2, as PowerOffice's own screen would change it."""
    subscription = {"Ocp-Apim-Subscription-Key": known["subscription_key"]}
    with httpx.Client(headers=subscription, timeout=10) as client:
        token = (
            client.post(
                known["v2_token_url"], auth=(known["application_key"], client_key), data={"grant_type": "client_credentials"}
            )
            .raise_for_status()
            .json()["access_token"]
        )
        bearer = {"Authorization": f"Bearer {token}"}
        url = known["v2_url"]
        (card,) = client.get(f"{url}/Customers", params={"customerNos": number}, headers=bearer).raise_for_status().json()
        patch = [{"op": "replace", "path": f"/MailAddress/{name}", "value": value} for name, value in _MENDED.items()]
        client.patch(
            f"{url}/Customers/{card['Id']}",
            content=json.dumps(patch),
            headers={**bearer, "Content-Type": "application/json-patch+json"},
        ).raise_for_status()
        time.sleep(0.5)  # PowerOffice allows ten calls a second for everybody; the next card waits its turn
