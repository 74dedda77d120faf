"""What operators and approvers read of the similarity report and of the plan of a first synchronisation."""

from __future__ import annotations

from collections.abc import Sequence

from data_quality.comparison import texts_nb as texts
from data_quality.report import cleaning
from fakturabro.domain import first_plans
from fakturabro.domain.similarity import entries

NOT_STARTED = (
    "Severa og Fortnox er ikke synkronisert for første gang ennå, så ingenting føres over. Kjør flyten «Severa og Fortnox: første "
    "synkronisering», og la en godkjenner svare på planen."
)
STARTED_BEFORE = "Den første synkroniseringen er gjort. Bruk flyten «Severa og Fortnox: synkronisering»."
LOST = "Planen som ble godkjent, kan ikke leses lenger. Ingenting er gjort. Meld fra til drift."
_MOST, _SHOWN = 100, 30

_SHORT = {"to_fortnox": "Nye i Fortnox", "to_severa": "Nye i Severa"}
"""Heads of columns that Prefect has room for."""


def report_page(tenant: str, plan: first_plans.Plan, report_id: int, title: str) -> str:
    """Counts and numbers, never names; where the whole report is."""
    heads = "|".join({**texts.ACTIONS, **_SHORT}.values())
    lines = [
        f"# {title} for {tenant}",
        "",
        texts.headline(plan),
        "",
        f"|{texts.REGISTER}|{heads}|",
        "|---|" + "--:|" * len(texts.ACTIONS),
    ]
    for register, name in texts.REGISTERS.items():
        lines.append(f"|{name}|" + "|".join(texts.grouped(plan.count(register, action)) for action in texts.ACTIONS) + "|")
    doubtful = [row for row in plan.rows if row.action == "decide"]
    if doubtful:
        lines += ["", f"## {texts.ACTIONS['decide']}", "", *(f"- {_pair(row)}" for row in doubtful[:_MOST])]
    return "\n".join([*lines, "", where(tenant, report_id)])


def where(tenant: str, report_id: int) -> str:
    return f"Rapport {report_id} ligger på klientsidene. Som filer: `fakturabro report {tenant} --number {report_id}`."


def where_shown(report_id: int) -> str:
    return f"Rapport {report_id} på klientsidene"


def changed_page(tenant: str, gone: Sequence[first_plans.Row], come: Sequence[first_plans.Row]) -> str:
    """What of an approved plan does not hold any more, and what has come since; numbers only."""
    lines = [f"# Endret siden planen ble godkjent: {tenant}", ""]
    for title, rows in (("Gjelder ikke lenger, og gjøres ikke", gone), ("Kom til, og er ikke med i planen", come)):
        if rows:
            lines += [f"## {title}", "", *(f"- {_pair(row)}: {texts.ACTIONS[row.action].lower()}" for row in rows[:_MOST]), ""]
    return "\n".join(lines)


def changed_since(gone: int, come: int) -> str:
    return (
        f"Registrene er endret siden planen ble godkjent: {gone} linjer gjelder ikke lenger og gjøres ikke, {come} er kommet "
        "til og tas av den vanlige synkroniseringen. Se siden «plan-changes»."
    )


def clashed(count: int) -> str:
    return f"{count} par i planen kan ikke kobles: den ene av dem er koblet med en annen allerede."


def still_open(count: int) -> str:
    return f"{count} av postene i planen er ikke ferdige. Kjør flyten en gang til."


def about(register: entries.Register, severa: entries.Entry, fortnox: entries.Entry) -> str:
    """A pair as a mail names it: never a name."""
    return f"{texts.ONE[register]} {severa.number or '–'} i Severa og {fortnox.number or '–'} i Fortnox"


def counted(plan: first_plans.Plan, action: first_plans.Action) -> str:
    """A line for each register that has some."""
    named = ((texts.REGISTERS[register], plan.count(register, action)) for register in texts.REGISTERS)
    return "\n".join(f"{name}: {texts.grouped(count)}" for name, count in named if count)


def listed(plan: first_plans.Plan, action: first_plans.Action) -> str:
    """The same with what is made, by number and name, as far as a page has room."""
    lines: list[str] = []
    for register, name in texts.REGISTERS.items():
        made = [one for row in plan.rows if (row.register, row.action) == (register, action) and (one := row.severa or row.fortnox)]
        named = "; ".join(f"{one.number} {one.name}" for one in made[:_SHOWN])
        more = f"; og {texts.grouped(len(made) - _SHOWN)} til" if len(made) > _SHOWN else ""
        lines += [f"{name}: {texts.grouped(len(made))}\t{cleaning.line(named, 4_000)}{more}"] if made else []
    return "\n".join(lines)


def _pair(row: first_plans.Row) -> str:
    if row.severa and row.fortnox:
        return f"{about(row.register, row.severa, row.fortnox)} ({texts.REASONS[row.why][:1].lower()}{texts.REASONS[row.why][1:]})"
    one, system = (row.severa, texts.SEVERA) if row.severa else (row.fortnox, texts.FORTNOX)
    return f"{texts.ONE[row.register]} {(one.number if one else '') or '–'} i {system}"
