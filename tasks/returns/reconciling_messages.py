"""The Norwegian sentences and the page of the daily reconciliation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from data_quality.report import returned as words
from fakturabro.domain import money, reconciliation
from fakturabro.domain.reconciliation import Difference
from tasks.reports import returned

_MOST = 200
ROLES: Mapping[str, str] = {
    "customers": "kundereskontro",
    "customer_contra": "motkonto kundereskontro",
    "balance": "mellomværende",
    "company": "factoringselskapets egen saldo",
}


class Compared(Protocol):
    """What the page is made from."""

    @property
    def role(self) -> reconciliation.Role: ...
    @property
    def currency(self) -> str: ...
    @property
    def ours(self) -> int: ...
    @property
    def theirs(self) -> int: ...
    @property
    def differences(self) -> Sequence[Difference]: ...


def unexplained(one: Compared) -> str:
    """Why the run fails."""
    rest = [each for each in one.differences if each.code == reconciliation.UNEXPLAINED]
    named = ", ".join(dict.fromkeys(f"faktura {each.number}" for each in rest[:5] if each.number))
    about = f" ({named})" if named else ""
    count = "1 differanse" if len(rest) == 1 else f"{len(rest)} differanser"
    total = money.norwegian(reconciliation.worth(rest), one.currency)
    return (
        f"Avstemmingen av {ROLES[one.role]} i {one.currency} går ikke opp: {count} på til sammen {total} har ingen kjent "
        f"årsak{about}. Se siden «reconciliation» på kjøringen, og finn årsaken sammen med klienten. Ingenting rettes av seg selv."
    )


OF_OURS: Mapping[str, str] = {
    "own_voucher": "Bilag {voucher} i PowerOffice har vår referanse, men er forkastet hos oss, så noe kan være ført to ganger. "
    "Se hva som står der, og be klienten tilbakeføre det som er for mye.",
    "reversed_by_hand": "Bilag {voucher} er tilbakeført for hånd i PowerOffice. Spør klienten hvorfor. Skal det føres på nytt, "
    "start returdata med bilagsnummeret i undo.",
}
"""What has a reason and must be put right all the same, since it is about vouchers of ours."""


def of_ours(code: str, voucher: str) -> str:
    """Why the run fails."""
    return OF_OURS[code].format(voucher=voucher or "(uten nummer)")


def page(tenant: str, until: dt.date, found: Sequence[Compared]) -> str:
    """The page of the run, in Markdown."""
    head = [f"# Avstemming av returdata, {tenant}", "", f"Til og med {until:%d.%m.%Y}. Differanse er deres tall minus våre.", ""]
    return "\n".join([*head, *_sums(found), "", *_causes(found)]) + "\n"


def _sums(found: Iterable[Compared]) -> Iterator[str]:
    yield "| Avstemt | Valuta | Skal være | Står | Differanse |"
    yield "|---|---|---:|---:|---:|"
    for one in found:
        amounts = (money.norwegian(each, one.currency) for each in (one.ours, one.theirs, one.theirs - one.ours))
        yield f"| {ROLES[one.role].capitalize()} | {one.currency} | {' | '.join(amounts)} |"


def _causes(found: Sequence[Compared]) -> Iterator[str]:
    told = [(one, each) for one in found for each in one.differences]
    if not told:
        yield "Alt stemmer på øret."
        return
    yield "| Avstemt | Beløp | Årsak |"
    yield "|---|---:|---|"
    for one, each in sorted(told, key=lambda pair: (pair[1].code != reconciliation.UNEXPLAINED, -abs(pair[1].amount)))[:_MOST]:
        sentence = words.sentence(returned.to_difference(each), "nb").replace("|", "\\|")
        yield f"| {ROLES[one.role].capitalize()} | {money.norwegian(each.amount, one.currency)} | {sentence} |"
    if len(told) > _MOST:
        yield ""
        yield f"{len(told) - _MOST} differanser til er ikke vist her."
