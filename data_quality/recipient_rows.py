"""The columns about whoever is written to, from a document's recipient or from a customer card: what recipient_rules looks at.

Blank text is a missing value, and so is text of which nothing is seen on paper.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from fakturabro.domain import blanks, documents, identity, parties

COLUMNS = (
    "buyer_name",
    "address_line",
    "postal_zone",
    "city",
    "country",
    "buyer_organisation_numbers",
    "decorated_organisation_number",
    "asks_for",
    "emails",
)
EHF = "EHF"
"""Value of the column asks_for, and of a card's delivery type in PowerOffice Go."""
_NORWEGIAN_SCHEMES = frozenset({"0192", "9908"})
Address = tuple[str | None, str | None, str | None, str]
_digits = functools.lru_cache(maxsize=65_536)(identity.digits)
"""Sellers and many buyers come again and again."""
_filled = functools.lru_cache(maxsize=65_536)(blanks.filled)


def of_recipient(recipient: parties.Recipient, buyer: documents.Party, card: parties.Card | None) -> tuple[str | None, ...]:
    """The columns of a document's buyer."""
    return (
        _filled(recipient.name),
        *address(recipient.address),
        organisation_numbers(buyer, card),
        _decorated(card),
        EHF if _asks_for_ehf(buyer, card) else None,
        ";".join(recipient.emails) or None,
    )


def of_card(card: parties.Card) -> tuple[str | None, ...]:
    """The columns of a customer card. The invoice e-mail counts, without one the general e-mail, as for a document."""
    listed = next((text for text in (card.invoice_email, card.email) if text), "")
    return (
        _filled(card.name),
        *address(card.address),
        organisation_numbers(documents.Party(), card),
        _decorated(card),
        EHF if _asks_for_ehf(documents.Party(), card) else None,
        ";".join(parties.emails(listed)) or None,
    )


def address(stated: documents.Address | None) -> Address:
    """Address line, post code, place and country; a country that is not stated counts as Norway."""
    if stated is None:
        return None, None, None, "NO"
    line = _filled(stated.street) or _filled(stated.additional_street) or _filled(stated.line)
    return line, _filled(stated.postal_zone), _filled(stated.city), (_filled(stated.country) or "NO").upper()


def organisation_numbers(party: documents.Party, card: parties.Card | None) -> str | None:
    """Every Norwegian organisation number that card and document state, each once: usually one, else joined by ";".

    Read are the card, the company id, the endpoint and the VAT id, each without NO and MVA where a right number is left.
    """
    numbers = dict.fromkeys(filter(None, map(_filled, _stated_numbers(party, card))))
    return ";".join(numbers) or None


def _decorated(card: parties.Card | None) -> str | None:
    """What the card states as a number, where it is a right one with more around it than blanks."""
    stated = card.organisation_number if card and not card.is_person and is_norwegian(card.address) else ""
    return stated if identity.plain_organisation_number(stated) != identity.digits(stated) else None


def _stated_numbers(party: documents.Party, card: parties.Card | None) -> Iterable[str]:
    if card and card.organisation_number and not card.is_person and is_norwegian(card.address):
        yield identity.plain_organisation_number(card.organisation_number)
    company, endpoint = party.company_id, party.endpoint
    if company and (company.scheme == "0192" or (not company.scheme and is_norwegian(party.address))):
        yield identity.plain_organisation_number(company.value)
    if endpoint and endpoint.scheme in _NORWEGIAN_SCHEMES:
        yield identity.plain_organisation_number(endpoint.value)
    for tax in party.tax_registrations:
        if tax.scheme == "VAT" and (plain := _digits(tax.company_id).upper()).startswith("NO"):
            yield plain.removeprefix("NO").removesuffix("MVA")


def is_norwegian(stated: documents.Address | None) -> bool:
    """Whether the country is Norway or not stated."""
    country = stated and stated.country
    return not country or country.strip().upper() in {"NO", ""}


def _asks_for_ehf(party: documents.Party, card: parties.Card | None) -> bool:
    """Whether the card says EHF, or the document's electronic address is of a Norwegian kind; abroad other numbers are used."""
    endpoint = party.endpoint is not None and party.endpoint.scheme in _NORWEGIAN_SCHEMES
    return endpoint or (card is not None and card.delivery_type.strip().upper() == EHF and is_norwegian(card.address))
