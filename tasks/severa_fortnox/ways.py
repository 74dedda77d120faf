"""The ways that entries of registers go, in the order in which they go them."""

from __future__ import annotations

from typing import Any

from tasks.severa_fortnox import articles, customers, directions, projects
from tasks.severa_fortnox.options import SyncOptions

_ALL: tuple[type[directions.Direction[Any, Any]], ...] = (
    customers.ToFortnox,
    customers.ToSevera,
    articles.ToFortnox,
    articles.ToSevera,
    projects.ToFortnox,
)


def find_all(options: SyncOptions) -> list[directions.Direction[Any, Any]]:
    """All of them: what was on its way is on its way whatever is carried by now."""
    return [way(options) for way in _ALL]


def find(options: SyncOptions) -> list[directions.Direction[Any, Any]]:
    """Those of this tenant: customers before projects, since those are theirs."""
    return [way(options) for way in _ALL if options.projects.carried or way is not projects.ToFortnox]
