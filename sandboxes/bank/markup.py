"""ISO 20022 by hand, for the sandboxes: elements as text, in the order in which they are written."""

from __future__ import annotations

from xml.sax import saxutils

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


def tag(name: str, *content: str) -> str:
    """An element; none where nothing is in it.

    >>> tag("Id", tag("IBAN", "NO93"), tag("Othr"))
    '<Id><IBAN>NO93</IBAN></Id>'
    """
    inside = "".join(content)
    return f"<{name}>{inside}</{name}>" if inside else ""


def text(said: str, longest: int = 140) -> str:
    """What people wrote, cut."""
    return saxutils.escape(said[:longest])


def account(number: str) -> str:
    """The Id of an account: an IBAN, or the eleven digits of a Norwegian one."""
    other = tag("Othr", tag("Id", number), "<SchmeNm><Cd>BBAN</Cd></SchmeNm>")
    return tag("Id", tag("IBAN", number) if number[:2].isalpha() else other) if number else ""


def remittance(kid: str, said: str) -> str:
    """RmtInf: a KID, otherwise a text."""
    kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
    return tag("RmtInf", tag("Strd", tag("CdtrRefInf", kind, tag("Ref", text(kid)))) if kid else tag("Ustrd", text(said)))


def document(name: str, root: str, body: str) -> bytes:
    """A whole message, as "pain.002.001.10" with its root below Document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{name}"><{root}>{body}</{root}></Document>\n'.encode()
    )
