"""What operators read of account statements, in Norwegian."""

from __future__ import annotations

import datetime as dt

from fakturabro.domain import bank_accounts, money

STATEMENTS = "Kontoutskriftene som ble lest i denne kjøringen. Saldoer følges fra den ene til den neste."


def gap(account: str, before: int, after: int) -> str:
    to = f"Konto {bank_accounts.masked(account)}"
    if after <= before:
        return f"{to}: kontoutskrift {after} er kommet to ganger, eller etter nummer {before}. Spør banken hvilken som gjelder."
    missing = f"{before + 1}" if after == before + 2 else f"{before + 1} til {after - 1}"
    return f"{to}: kontoutskrift {missing} mangler. Be banken om den; saldoene kan ikke følges før den er kommet."


def days_missing(account: str, last: dt.date, first: dt.date) -> str:
    return (
        f"Konto {bank_accounts.masked(account)}: ingen kontoutskrift mellom {last:%d.%m.%Y} og {first:%d.%m.%Y}. "
        "Be banken om dem som mangler."
    )


def balances_differ(account: str, closing: int, opening: int, currency: str) -> str:
    return (
        f"Konto {bank_accounts.masked(account)}: forrige kontoutskrift sluttet på {money.norwegian(closing, currency)}, denne "
        f"begynner på {money.norwegian(opening, currency)}. Be banken om det som ligger mellom."
    )


def statement_row(
    account: str, currency: str, closed_on: dt.date | None, opening: int | None, closing: int | None, entries: int
) -> dict[str, str]:
    return {
        "Konto": bank_accounts.masked(account),
        "Til og med": f"{closed_on:%d.%m.%Y}" if closed_on else "ikke oppgitt",
        "Inngående": money.norwegian(opening, currency) if opening is not None else "ikke oppgitt",
        "Utgående": money.norwegian(closing, currency) if closing is not None else "ikke oppgitt",
        "Posteringer": str(entries) if entries else "ingen",
    }


def unexplained(count: int) -> str:
    if not count:
        return "Alle posteringene på kontoutskriftene er kjent."
    return f"{count} posteringer som verken er innbetalinger vi har lest eller betalinger vi har sendt, som gebyrer og kortkjøp."


def unexplained_row(account: str, currency: str, booked: dt.date | None, amount: int, reference: str, code: str) -> dict[str, str]:
    return {
        "Konto": bank_accounts.masked(account),
        "Bokført": f"{booked:%d.%m.%Y}" if booked else "",
        "Beløp": money.norwegian(amount, currency),
        "Bankens referanse": reference,
        "Kode": code,
    }
