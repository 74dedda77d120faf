"""Projects of Severa -> projects of Fortnox. None goes the other way.

Source: ../shared/source_documents/003_0143db2a19b18167.txt (Prosjekter, Teknisk beskrivelse): a closed project is not closed in
Fortnox, and yet its status is mapped; so it is a setting.
Assumed: without the setting a project gets its status when it is made and keeps what Fortnox says of it from then on; a name that
is cut ends in its number, so that no two become one; closed and internal projects are carried too: invoices and costs name them.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from fakturabro.mapping import fortnox_texts, mapped
from fakturabro.mapping import register_messages as messages
from fakturabro.systems.fortnox import register_wire
from fakturabro.systems.severa import wire


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A project."""

    project: wire.Project


def content(source: Source) -> bytes:
    """What a change is told by: the rows of the field table."""
    one = source.project
    return msgspec.json.encode((one.name, one.number, one.description, one.is_closed, one.start_date))


def number(source: Source) -> str:
    """The number as a text; empty where Severa has none."""
    return "" if source.project.number is None else str(source.project.number)


def to_fields(source: Source, *, closes: bool, continuous_only: bool) -> mapped.Mapped:
    """What Fortnox shall say of the project, its number aside. `closes`: closing and opening are carried over, at any time."""
    draft, one = mapped.Draft("projects", continuous_only=continuous_only), source.project
    whole = mapped.plain(one.name)
    cut = to_name(whole, number(source))
    draft.text("Navn", "Description", cut)
    if cut != whole:
        draft.leave("Navn", "Description", whole, messages.NAME_CUT.format(name=cut, longest=fortnox_texts.PROJECT["Description"]))
    _put_status(draft, one, closes=closes)
    draft.text("Beskrivelse", "Comments", one.description, fortnox_texts.PROJECT["Comments"], cuts=True)
    draft.put("Prosjekt startdato", "StartDate", one.start_date)
    return draft.mapped()


def to_name(name: str, number: str) -> str:
    """A name that Fortnox has room for; one that is too long is cut and ends in the project's number.

    >>> to_name("Omlegging av fakturaflyt og reskontro for kommunene i Sunnhordland", "502")
    'Omlegging av fakturaflyt og reskontro for kom ~502'
    """
    longest = fortnox_texts.PROJECT["Description"]
    if len(name) <= longest:
        return name
    ending = f" ~{number}"
    return fortnox_texts.cut(name, longest - len(ending)) + ending


def standing(project: register_wire.Project) -> dict[str, mapped.Value]:
    """What Fortnox says of a project now, by the same names."""
    return msgspec.to_builtins(project, builtin_types=(dt.date,))


def _put_status(draft: mapped.Draft, one: wire.Project, *, closes: bool) -> None:
    row = "isClosed / true" if one.is_closed else "isClosed / false"
    if closes:
        draft.put(row, "Status", "COMPLETED" if one.is_closed else "ONGOING")
    elif one.is_closed:
        draft.leave(row, "Status", messages.CLOSED, messages.NOT_CLOSED)
    elif draft.is_new:
        draft.put(row, "Status", "ONGOING")
