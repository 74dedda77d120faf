"""The report's section on return data: what is held, how books and ledgers agree, and in words why they do not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from data_quality import movement_texts_en, movement_texts_nb
from data_quality.report import cases, cells, cleaning, content, sections, wording

_KINDS = {"nb": movement_texts_nb.KINDS, "en": movement_texts_en.KINDS}


def section(returns: content.Returns, language: content.Language) -> sections.Section:
    """What of return data is held or was paid too much, the sums side by side, and why they differ."""
    found = cases.gather((*returns.held, *returns.overpaid), by_amount=True)
    left = list(itertools.chain.from_iterable(found[sections.MOST_CASES :]))
    causes = lines(returns.compared, language)
    day = wording.day(returns.until, language) if returns.until else ""
    told = ("returns_differs" if causes else "returns_agrees") if day else ""
    hidden = len(causes) - sections.MOST_CASES
    return sections.Section(
        key="returns",
        title=wording.say("returns", language),
        intro=_intro(returns, language),
        cases=tuple(cases.tell(group, language) for group in found[: sections.MOST_CASES]),
        remedy=wording.say("remedy", language),
        table_intro=wording.say(told, language, day=day) if told else "",
        table=_table(returns, language) if returns.compared else None,
        lines=tuple(causes[: sections.MOST_CASES]),
        more=sections.more(left, language) if left else wording.say("more", language, count=hidden, sum="") if hidden > 0 else "",
    )


def _intro(returns: content.Returns, language: content.Language) -> str:
    size = wording.count("movements", len(returns.held), language)
    total = wording.money(wording.sums(returns.held), language)
    held = wording.say("returns_held" if returns.held else "returns_none_held", language, count=size, sum=total)
    over = f"{wording.count('returns_overpaid', len(returns.overpaid), language)}{wording.in_brackets(returns.overpaid, language)}."
    open_ = wording.count("returns_open", returns.open, language)
    return " ".join([held, *([over] if returns.overpaid else []), *([open_] if returns.open else [])])


def _table(returns: content.Returns, language: content.Language) -> sections.Table:
    heads = tuple(wording.say(f"column_{key}", language) for key in ("role", "ours", "theirs", "difference"))
    return sections.Table(heads, tuple(rows(returns.compared, language)))


def movement(kind: str, language: content.Language) -> str:
    """What a kind of movement is called: "Innbetaling"."""
    said = _KINDS[language].get(kind, kind)
    return said[:1].upper() + said[1:]


def sentence(one: content.Difference, language: content.Language) -> str:
    """Why something differs, without by how much."""
    customer = cleaning.line(one.customer, 60)
    return wording.say(
        f"difference_{one.code}",
        language,
        document=_named(one, language),
        voucher=cleaning.line(one.voucher, 60) or "–",
        number=cleaning.line(one.number, 60),
        whose=wording.say("of_customer", language, customer=customer) if customer else "",
    )


def lines(compared: Sequence[content.Compared], language: content.Language) -> list[str]:
    """Each cause once, with what it makes of each sum: "… Mellomværende kr -100,00, kundereskontro kr 100,00."

    The largest first.
    """
    found: dict[content.Difference, list[str]] = {}
    sizes: dict[content.Difference, int] = {}
    for one in compared:
        for each in one.differences:
            key = content.Difference(**{name: getattr(each, name) for name in each.__struct_fields__ if name != "minor"})
            amount = wording.amount(content.Amount(each.minor, one.currency), language)
            found.setdefault(key, []).append(f"{role(one, language)}{wording.NO_BREAK}{amount}")
            sizes[key] = max(sizes.get(key, 0), abs(each.minor))
    by_size = sorted(found, key=lambda key: -sizes[key])
    return [_line(sentence(key, language), found[key], language) for key in by_size]


def role(one: content.Compared, language: content.Language) -> str:
    """What is compared."""
    return wording.say(f"role_{one.role}", language)


def rows(compared: Sequence[content.Compared], language: content.Language) -> Iterator[tuple[str, ...]]:
    """A row for each sum: what, ours, theirs, difference."""
    for one in compared:
        sums = (one.ours, one.theirs, one.theirs - one.ours)
        yield role(one, language), *(wording.amount(content.Amount(minor, one.currency), language) for minor in sums)


def cells_of(returns: content.Returns, language: content.Language) -> Iterator[tuple[cells.Cell, ...]]:
    """For the spreadsheet: a row for each sum, and below it one for each cause with its part of the difference."""
    for one in returns.compared:
        head: tuple[cells.Cell, ...] = (returns.until, role(one, language), cells.text(one.currency))
        yield *head, cells.money(one.ours), cells.money(one.theirs), cells.money(one.theirs - one.ours), ""
        for each in one.differences:
            yield *head, None, None, cells.money(each.minor), cells.text(sentence(each, language))


def _line(what: str, amounts: Sequence[str], language: content.Language) -> str:
    return wording.say("difference_line", language, what=what, amounts=", ".join(amounts))


def _named(one: content.Difference, language: content.Language) -> str:
    number = cleaning.line(one.number, 60)
    if one.kind == "credit_note" or (not one.kind and number):
        return wording.say(f"named_{one.kind or 'invoice'}", language, number=number)
    if one.kind:
        return wording.say("named_movement", language, kind=movement(one.kind, language), number=number)
    if one.customer:
        return wording.say("named_customer", language, customer=cleaning.line(one.customer, 60))
    return wording.say("named_account", language)
