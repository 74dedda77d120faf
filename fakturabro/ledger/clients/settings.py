"""A tenant's settings in words, by language: written by `fakturabro apply`, shown on the client's pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa

from fakturabro.ledger import opened
from fakturabro.ledger.clients import tables as client_tables

_settings = client_tables.client_settings


class Row(msgspec.Struct, frozen=True):
    """One setting: what it is called, and what it says."""

    label: str
    text: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that belong together."""

    title: str
    rows: list[Row]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in one language, and when they were applied."""

    at: dt.datetime
    sections: list[Section]


def record(ledger: opened.Ledger, tenant: str, by_language: Mapping[str, Sequence[Section]], at: dt.datetime) -> None:
    """Keep what a tenant's settings say, in place of what they said before. No secret belongs here."""
    content = {language: msgspec.to_builtins(list(sections)) for language, sections in by_language.items()}
    with ledger.writing() as connection:
        connection.execute(sa.delete(_settings).where(_settings.c.tenant == tenant))
        connection.execute(sa.insert(_settings).values(tenant=tenant, at=at, content=content))


def read(ledger: opened.Ledger, tenant: str, language: str) -> Told | None:
    """What a tenant's settings say; None when they were not applied since there is such a page."""
    with ledger.reading() as connection:
        row = connection.execute(sa.select(_settings).where(_settings.c.tenant == tenant)).one_or_none()
    if row is None or language not in row.content:
        return None
    return Told(at=row.at, sections=msgspec.convert(row.content[language], list[Section]))
