"""What the approvals page asks of incoming payments, and the run's page of suspense, in Norwegian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from fakturabro.domain import bank_accounts, calendar, matching, money
from fakturabro.ledger.incoming import payments as incoming
from fakturabro.ledger.incoming import repeats
from fakturabro.ledger.payments import bank_files
from tasks.incoming import messages

_WHY: dict[matching.Why, str] = {
    "kid": "KID og beløp stemmer",
    "several": "betaler flere fakturaer, som til sammen er beløpet",
    "part_payment": "delbetaling",
    "over_payment": "betalt for mye; foreslås betalt tilbake",
    "paid_already": "fakturaen er betalt fra før; foreslås betalt tilbake når banken ikke har registrert den to ganger",
    "credited": "fakturaen er kreditert; foreslås betalt tilbake",
    "reversal": "tar tilbake en tidligere innbetaling",
    "unknown_kid": "ingen faktura har denne KID-en",
    "no_kid": "mangler KID",
    "several_open": "flere åpne fakturaer har denne KID-en, og beløpet sier ikke hvilken",
    "other_currency": "fakturaen er i en annen valuta",
    "nothing_to_reverse": "tar tilbake en innbetaling som ikke finnes",
    "nothing_paid": "beløpet er null",
    "chosen_too_late": "ble plassert på en faktura som da var gjort opp; plasser den der den er postert",
    "names_others": "er mer enn fakturaen med denne KID-en, og nevner en annen åpen faktura",
    "by_hand": "kan ikke føres herfra: før den for hånd i regnskapet, og si fra",
    "refused": "står fordelt på en annen måte der den er postert; se etter der",
}
_CLUES: dict[matching.Clue, str] = {
    "same_kid": "samme KID",
    "named": "nevnt i meldingen",
    "kid_characters": "KID uten fremmede tegn",
    "kid_leading_zeros": "KID med rett antall nuller foran",
    "kid_transposition": "to sifre i KID byttet om",
    "kid_check_digit": "kontrollsifferet i KID er rettet",
    "payer": "samme konto har betalt for denne kunden før",
    "amount": "eneste åpne faktura på dette beløpet",
}
_SHOWN = 200


class Proposal(Protocol):
    """Why a payment stands in suspense, and what a person may choose."""

    @property
    def why(self) -> matching.Why: ...
    @property
    def candidates(self) -> Sequence[matching.Candidate]: ...


def candidate(one: matching.Candidate, currency: str, between: str = ": ", customer: str = "", rest: int = 0) -> str:
    """What a person may choose, and why it is proposed; `rest` is what of the payment is not placed yet."""
    numbers = _listed([given.number for given in one.allocations])
    total = sum(given.amount for given in one.allocations)
    which = f"faktura {numbers}" if len(one.allocations) == 1 else f"fakturaene {numbers}"
    of = f", kunde {customer}" if customer else ""
    left = f", {money.norwegian(rest - total, currency)} blir stående" if rest > total else ""
    fits = ", beløpet stemmer" if one.fits and one.clue != "amount" else ""
    return f"{which}{of}{between}{money.norwegian(total, currency)} plasseres{left} ({_CLUES[one.clue]}{fits})"


def payment_shown(row: incoming.Incoming, payer: str) -> str:
    """A payment that a person must place, in a few lines."""
    worth = money.norwegian(row.amount, row.currency)
    left = f", hvorav {money.norwegian(row.rest, row.currency)} er uplassert" if row.rest != row.amount else ""
    when = f", bokført {row.booked_on:%d.%m.%Y}" if row.booked_on else ""
    lines = [f"{worth}{left}", f"Fra {payer}" if payer else "", f"Til konto {bank_accounts.masked(row.account)}{when}"]
    return "\n".join([*(one for one in lines if one), f"KID {row.kid}" if row.kid else "Uten KID"])


def why(found: Proposal | None) -> str:
    """Why a payment stands in suspense, as a sentence begins."""
    said = _WHY[found.why] if found else ""
    return said[:1].upper() + said[1:]


def suspense_row(row: incoming.Incoming, found: Proposal | None) -> dict[str, str]:
    """One line of the page of what stands in suspense; whoever paid is not named there."""
    return {
        "Bokført": f"{row.booked_on:%d.%m.%Y}" if row.booked_on else "",
        "Uplassert": money.norwegian(row.rest, row.currency),
        "Innbetalt": money.norwegian(row.amount, row.currency),
        "KID": row.kid,
        "Konto": bank_accounts.masked(row.account),
        "Hvorfor": _WHY[found.why] if found else "",
        "Forslag": "; ".join(candidate(one, row.currency) for one in found.candidates) if found else "",
        "Bankens referanse": row.reference,
    }


def suspended(rows: Sequence[incoming.Incoming]) -> str:
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.rest
    which = messages.plural(len(rows), "innbetaling", "innbetalinger")
    return f"{len(rows)} {which} med {messages.amounts(sums)} uplassert. De med forslag avgjøres på godkjenningssiden."


def incident_shown(
    file: bank_files.File, cause: str, told_before: str, count: int | None = None, sums: Mapping[str, int] | None = None
) -> dict[str, str]:
    """What the approvals page shows of a file; `cause` chooses its words. `count` and `sums` where it is about less than all."""
    return {
        "cause": cause,
        "told_before": told_before,
        "file": file.name,
        "received": f"{file.received_at.astimezone(calendar.OSLO):%d.%m.%Y kl. %H.%M}",
        "sha256": file.sha256.hex(),
        "count": str(file.count if count is None else count),
        "sum": messages.amounts(file.sums if sums is None else sums),
    }


def repeated(found: repeats.Repeated) -> str:
    which = messages.plural(found.count, "innbetaling", "innbetalinger")
    return f"{found.count} {which} på {money.norwegian(found.amount)}\n{messages.days(found, chr(10))}"


def also_new(known: int, new: int) -> str:
    return f"{known} kjent fra en annen fil\n{new} {messages.plural(new, 'ny', 'nye')}"


def doubted(rows: Sequence[incoming.Incoming]) -> str:
    """The payments that were perhaps told of before, a line each; of very many the first ones."""
    more = [f"og {len(rows) - _SHOWN} til"] if len(rows) > _SHOWN else []
    return "\n".join([*map(_doubted, rows[:_SHOWN]), *more])


def _doubted(one: incoming.Incoming) -> str:
    kid, day = f"KID {one.kid}" if one.kid else "uten KID", f", bokført {one.booked_on:%d.%m.%Y}" if one.booked_on else ""
    return f"{money.norwegian(one.amount, one.currency)}, {kid}{day}\tReferanse {one.reference.partition('#')[0]}"


def _listed(names: Sequence[str]) -> str:
    """ "1, 2 og 3"."""
    return " og ".join(one for one in (", ".join(names[:-1]), *names[-1:]) if one)
