"""How Peppol names participants, document types and networks.

A participant is written "0192:991825827": the scheme's code and the identifier, in lower case.

Source: Peppol Policy for use of Identifiers 4.3; edec code lists 9.7; Peppol SML specification (U-NAPTR, SHA-256, Base32), whose
vectors are those of phax/peppol-commons.
"""

from __future__ import annotations

import base64
import hashlib
from urllib import parse

from fakturabro.domain import identity

ZONES = {
    "production": "participant.sml.prod.tech.peppol.org",
    "test": "participant.sml.test.tech.peppol.org",
    "sandbox": "participant.sml.sandbox.example",
}
"""By network, the zone that its participants are found in."""
SCHEME = "iso6523-actorid-upis"
_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
DOCUMENT_TYPES = {
    "invoice": f"busdox-docid-qns::{_UBL}:Invoice-2::Invoice##{_BILLING}",
    "credit_note": f"busdox-docid-qns::{_UBL}:CreditNote-2::CreditNote##{_BILLING}",
}
"""By our kind of document, what it is registered as."""
PROCESS = "cenbii-procid-ubl::urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
"""The ProfileID of every document that we write."""
TRANSPORT = "peppol-transport-as4-v2_0"
_ORGANISATION_NUMBER = "0192"


def to_participant(scheme: str | None, value: str) -> str:
    """The participant of an end point in a document, "" when it names none.

    >>> to_participant("0192", "991 825 827"), to_participant("0088", "123ABC"), to_participant(None, "991825827")
    ('0192:991825827', '0088:123abc', '')
    """
    code = (scheme or "").strip()
    plain = identity.digits(value) if code == _ORGANISATION_NUMBER else value.strip()
    return f"{code}:{plain}".lower() if code and plain else ""


def to_label(participant: str) -> str:
    """What a participant is called in every zone; it tells nobody who that is.

    >>> to_label("0088:123ABC")
    'y7dzfxaf3d4cjz4kcgrxtec6twvcga4ky7zwa5boif6mswd4tdrq'
    """
    digest = hashlib.sha256(participant.lower().encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()


def to_domain(participant: str, network: str) -> str:
    """The absolute domain name of a participant in a network (a key of ZONES)."""
    return f"{to_label(participant)}.{SCHEME}.{ZONES[network]}."


def to_path(participant: str, kind: str = "") -> str:
    """Where a publisher keeps what a participant takes, below its base address; with `kind`, how it takes that.

    >>> to_path("0192:991825827")
    '/iso6523-actorid-upis%3A%3A0192%3A991825827'
    """
    group = f"/{parse.quote(f'{SCHEME}::{participant}', safe='')}"
    return f"{group}/services/{parse.quote(DOCUMENT_TYPES[kind], safe='')}" if kind else group
