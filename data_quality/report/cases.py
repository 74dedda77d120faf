"""One thing to mend: a customer card, or a document of its own, with all documents that the same faults hold.

Twelve invoices to a customer without an address are one card to open, not twelve.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from data_quality.report import cleaning, content, wording

MOST_DOCUMENTS = 20
MOST_FAULTS = 10
_SENTENCE = 1000


class Document(msgspec.Struct, frozen=True):
    name: str
    amount: str
    since: str


class Fault(msgspec.Struct, frozen=True):
    what: str
    field: str
    value: str
    remedy: str
    suggestion: str


class Case(msgspec.Struct, frozen=True):
    """Finished texts. `more` and `more_faults` say what is not shown."""

    buyer: str
    customer: str
    total: str
    documents: tuple[Document, ...]
    more: str
    faults: tuple[Fault, ...]
    more_faults: str
    waits: str


def gather(items: Sequence[content.Item], *, by_amount: bool) -> list[list[content.Item]]:
    """Items of one customer with the same faults together; `by_amount` puts them by rank of their sums, else the order is kept."""
    found: dict[tuple[object, ...], list[content.Item]] = {}
    for at, item in enumerate(items):
        alone = at if not (item.customer_number or item.buyer) or not item.problems else -1
        key = (alone, item.kind == "customer", item.customer_number, item.buyer, item.problems, item.holds)
        found.setdefault(key, []).append(item)
    groups = list(found.values())
    return sorted(groups, key=lambda group: rank(next(iter(wording.sums(group)), None))) if by_amount else groups


def rank(amount: content.Amount | None) -> tuple[bool, bool, str, int]:
    """What to sort by: kroner first, then each other currency, the largest amount first; what has no amount comes last.

    >>> amounts = [content.Amount(5, "SEK"), None, content.Amount(-300), content.Amount(9, "SEK"), content.Amount(200)]
    >>> [amount and f"{amount.currency} {amount.minor}" for amount in sorted(amounts, key=rank)]
    ['NOK -300', 'NOK 200', 'SEK 9', 'SEK 5', None]
    """
    if amount is None:
        return (True, True, "", 0)
    return (False, amount.currency != "NOK", amount.currency, -abs(amount.minor))


def tell(group: Sequence[content.Item], language: content.Language) -> Case:
    """The case in words."""
    first, left = group[0], group[MOST_DOCUMENTS:]
    number = cleaning.line(first.customer_number, 60)
    return Case(
        buyer=cleaning.line(first.buyer, 200) or wording.say("nameless", language),
        customer=wording.say("customer_number", language, number=number) if number else "",
        total=_total(group, language),
        documents=_documents(group, language),
        more=_more(left, language) if left and first.kind != "customer" else "",
        faults=tuple(_fault(problem) for problem in first.problems[:MOST_FAULTS]),
        more_faults=_more_faults(first, language),
        waits=waits(first, language),
    )


def name(item: content.Item | content.Released, language: content.Language) -> str:
    """ "Faktura 20451"; "" for a customer card."""
    if item.kind == "customer":
        return ""
    return wording.say(item.kind, language, number=cleaning.line(item.number, 60)).strip()


def waits(item: content.Item, language: content.Language) -> str:
    """What the faults hold; "" for nothing."""
    if not item.holds:
        return ""
    what = "both" if {"book", "distribute"} <= set(item.holds) else item.holds[0]
    return wording.say(f"{'will_stop' if item.kind == 'customer' else 'waits'}_{what}", language)


def _total(group: Sequence[content.Item], language: content.Language) -> str:
    if len(group) == 1:
        return wording.amount(group[0].amount, language) if group[0].amount else ""
    return wording.money(wording.sums(group), language)


def _documents(group: Sequence[content.Item], language: content.Language) -> tuple[Document, ...]:
    """Each with its own amount where there are several; the amount of a single one is the total."""
    return tuple(
        Document(
            name=name(item, language),
            amount=wording.amount(item.amount, language) if item.amount and len(group) > 1 else "",
            since=wording.say("since", language, day=wording.day(item.since, language, year=False)) if item.since else "",
        )
        for item in group[:MOST_DOCUMENTS]
        if item.kind != "customer"
    )


def _fault(problem: content.Problem) -> Fault:
    return Fault(
        what=cleaning.line(problem.what, _SENTENCE) or cleaning.line(problem.field, 120) or "–",
        field=cleaning.line(problem.field, 120),
        value=cleaning.line(problem.value),
        remedy=cleaning.line(problem.remedy, _SENTENCE),
        suggestion=cleaning.line(problem.suggestion),
    )


def _more(left: Sequence[content.Item], language: content.Language) -> str:
    if left[0].kind == "movement":
        return wording.count("more_movements", len(left), language) + wording.in_brackets(left, language)
    documents = wording.count("documents", len(left), language)
    return wording.say("more_documents", language, documents=documents, sum=wording.in_brackets(left, language))


def _more_faults(item: content.Item, language: content.Language) -> str:
    left = len(item.problems) - MOST_FAULTS
    return wording.say("more_faults", language, count=wording.integer(left, language)) if left > 0 else ""
