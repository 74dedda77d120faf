"""What Severa has of what costs name, asked for once in a run: projects by Fortnox' number, products by code."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

import msgspec

from fakturabro.mapping import fortnox_to_severa_costs as mapping
from fakturabro.remote import errors
from fakturabro.systems.severa import wire
from tasks import connect
from tasks.severa_fortnox import lookups
from tasks.severa_fortnox.options import SyncOptions


class Known(msgspec.Struct):
    """What was said in this run so far. What was `asked` for and is not here, Severa does not have."""

    projects: dict[str, wire.Project] = {}
    products: dict[str, wire.Product] = {}
    refused: dict[str, str] = {}
    """Why it is not clear which is meant, by project's number and by product's code behind a stroke."""
    asked: set[str] = set()
    is_checked: bool = False
    """Whether every cost was looked at in this run; if not, none goes."""


_of_runs: weakref.WeakKeyDictionary[connect.Connections, Known] = weakref.WeakKeyDictionary()


def current() -> Known:
    """Of the run that is going on."""
    return _of_runs.setdefault(connect.current(), Known())


async def look_up(sources: Iterable[mapping.Source], options: SyncOptions) -> None:
    """Ask for the projects of these costs, and for the products of those whose project is open."""
    said, wanted = current(), list(sources)
    registers = await lookups.current(options).severa()
    numbers = {one.project for one in wanted if is_number(one.project)} - said.asked
    found, refused = await registers.find_projects([int(number) for number in numbers]) if numbers else ({}, {})
    said.projects.update({str(number): project for number, project in found.items()})
    said.refused.update({str(number): str(why) for number, why in refused.items()})
    said.asked |= numbers
    for code in sorted({product_code(one, options) for one in wanted if is_open(one)}):
        if f"/{code}" not in said.asked:
            said.asked.add(f"/{code}")
            try:
                product = await registers.find_product(code)
            except errors.Rejected as error:
                said.refused[f"/{code}"] = str(error)
            else:
                said.products.update({code: product} if product else {})


def is_open(source: mapping.Source) -> bool:
    """Whether its project can bear it; what else Severa lacks is not asked for before."""
    project = current().projects.get(source.project)
    return project is not None and not project.is_closed


def why_refused(source: mapping.Source, options: SyncOptions) -> str:
    """Why Severa did not say which project or product this is; empty where it did."""
    refused = current().refused
    return refused.get(source.project) or refused.get(f"/{product_code(source, options)}", "")


def is_number(text: str) -> bool:
    """Whether Severa can have a project of this number: "0501" is none."""
    return text.isascii() and text.isdecimal() and str(int(text)) == text and len(text) < 19


def product_code(source: mapping.Source, options: SyncOptions) -> str:
    """The product that a cost gets: the row's, else the tenant's default."""
    return source.article or options.purchases.default_product
