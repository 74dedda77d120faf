"""The Norwegian pages and tables that a run leaves in the Prefect UI: certificate, held documents, what would happen, changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from data_quality import kinds, messages, rule_messages, trials
from data_quality.report import content
from fakturabro.domain import findings, identity, money
from fakturabro.ledger import certificates
from tasks.messages import CHANNELS, PURPOSES

_COLUMNS = {
    "opening": "Inngående",
    "fetched": "Hentet",
    "corrected": "Korrigert",
    "accepted": "Levert",
    "rejected": "Avvist",
    "skipped": "Utelatt",
    "cancelled": "Kansellert",
    "waiting": "Venter",
    "held": "Holdt tilbake",
    "in_doubt": "Uavklart",
}


def certificate_page(tenant: str, made: Sequence[certificates.Certificate], stopped: Sequence[str]) -> str:
    """The certificate as a Markdown page, with what is stopped now."""
    lines = [f"# Leveringsattest for {tenant}", "", *(f"> {_plain(sentence)}" for sentence in stopped), ""]
    for one in sorted(made, key=lambda one: (list(PURPOSES).index(one.purpose), one.currency != "NOK", one.currency)):
        shown = [name for name in _COLUMNS if getattr(one.count, name) or name in ("opening", "fetched", "accepted", "held")]
        has_amounts = one.currency != money.NO_CURRENCY
        lines += [f"## {PURPOSES.get(one.purpose, one.purpose)}{f', {one.currency}' if has_amounts else ''}", ""]
        lines += ["| |" + "|".join(_COLUMNS[name] for name in shown) + "|Utgående|", "|---|" + "--:|" * (len(shown) + 1)]
        lines += ["|Antall|" + "|".join(str(getattr(one.count, name)) for name in shown) + f"|{one.count.closing}|"]
        amounts = [money.norwegian(getattr(one.amount, name), one.currency) for name in shown]
        worth = ["|Beløp|" + "|".join(amounts) + f"|{money.norwegian(one.amount.closing, one.currency)}|"] if has_amounts else []
        lines += [*worth, ""]
        lines += [("Går opp." if one.adds_up else "**GÅR IKKE OPP.**") + f" Kjede: `{one.hash[:16]}`", ""]
    lines += [f"EHF-regler: {_plain(rules)}." for rules in sorted({one.ehf_rules for one in made if one.ehf_rules})]
    return "\n".join(lines if made else [*lines, "Ingen bevegelser."])


_HELD = "Dokumenter som holdes tilbake, slippes av seg selv i neste luke etter at feilen er rettet."
_STATES = {"held": "Holdt tilbake", "rejected": "Avvist", "in_doubt": "Uavklart"}
REJECTED_REMEDY = "Vi (drift) må avklare avslaget med motparten."
OUR_REMEDY = "Vi (drift) må rette dette; klienten kan ikke."
IN_DOUBT_REMEDY = "Vi (drift) må kontrollere hos motparten om dokumentet kom frem. Det sendes ikke på nytt av seg selv."


_BILAG = {"credit_note": "Kreditnota", "payment": "Betaling", "incoming_payment": "Innbetaling", "movement": "Bevegelse"}
_BILAG |= {"customer": "Kunde", "article": "Artikkel", "project": "Prosjekt", "purchase_cost": "Kostnad på leverandørfaktura"}
_BILAG |= {"purchase_file": "Bilde av leverandørfaktura"}


def bilag(kind: str, number: str) -> str:
    """What a document is called, with its number."""
    return f"{_BILAG.get(kind, 'Faktura')} {number}"


def held_row(
    state: str, number: str, kind: str, buyer: str, amount: str, sentences: Sequence[str], remedies: Sequence[str]
) -> dict[str, str]:
    return _masked(
        {
            "Status": _STATES[state],
            "Bilag": bilag(kind, number),
            "Kunde": buyer,
            "Beløp": amount,
            "Hvorfor": " ".join(dict.fromkeys(sentences)),
            "Hva klienten må gjøre": " ".join(dict.fromkeys(remedies)),
        }
    )


def foreseen(purpose: str, state: str, target: str | None) -> str:
    """What would happen to a document that waits for a purpose."""
    if state == "held":
        return f"holdes tilbake ({PURPOSES[purpose].lower()})"
    if state == "in_doubt":
        return f"leses tilbake ({PURPOSES[purpose].lower()})"
    channel = f" ({CHANNELS[target]})" if target in CHANNELS else ""
    return {
        "book": "bokføres",
        "distribute": f"sendes{channel}",
        "write_back": "KID og PDF skrives tilbake",
        "letter": "sendes som brev",
        "pay": "sendes til banken",
        "book_back": "meldes tilbake til regnskapet",
        "correction": "meldes rettet til regnskapet",
        "post": "posteres",
        "return_data": "bokføres hos klienten",
        "transfer": "overføres",
        "attach": "legges ved fakturaen",
        "mark_transferred": "flyttes til overført",
        "report_sent": "meldes sendt",
        "report_paid": "meldes betalt",
    }.get(purpose, purpose)


def foreseen_row(number: str, kind: str, buyer: str, amount: str, steps: Sequence[str], why: Sequence[str]) -> dict[str, str]:
    return _masked(
        {
            "Bilag": bilag(kind, number),
            "Kunde": buyer,
            "Beløp": amount,
            "Ville skjedd": ", ".join(steps),
            "Hvorfor": " ".join(why),
        }
    )


FORESEEN_DESCRIPTION = "Prøvekjøring: dette ville skjedd i en vanlig kjøring. Ingenting er sendt eller bokført."


def report_page(report: content.Report, report_id: int, headline: str, deadline: str) -> str:
    """What the client is told, for operators: its first line, what waits by kroner, and where the report is."""
    where = f"Rapport {report_id} ligger på klientsidene. Som filer: `fakturabro report {report.tenant} --number {report_id}`."
    listed = "\n".join(f"- {_report_item(item)}" for item in report.held[:_SHOWN])
    more = f"\n- … og {len(report.held) - _SHOWN} til" if len(report.held) > _SHOWN else ""
    return "\n\n".join(
        part for part in (f"# Klientrapport for {report.tenant}", _plain(headline), _plain(deadline), listed + more, where) if part
    )


_SHOWN = 50


def _report_item(item: content.Item) -> str:
    what = " ".join(problem.what for problem in item.problems if problem.holds)
    worth = money.norwegian(item.amount.minor, item.amount.currency) if item.amount else ""
    return _plain(f"{item.number} · {item.buyer} · {worth}: {what}")


def trial_description(tried: int, differing: int, untried: Sequence[str]) -> str:
    """What was tried on how much, and what it does not tell; `untried` are codes."""
    said = [
        f"Prøvd på de {tried} nyeste bilagene: {differing} ville blitt behandlet annerledes. Ingenting er slått på.",
        "Datoer er vurdert fra den dagen bilaget først kom med i en attest. Kundekortene er lest slik de er nå: "
        "feil som er rettet siden, kommer ikke med. Bilag som er slettet etter oppbevaringstiden, er ikke med.",
    ]
    names = ", ".join(f"«{rule_messages.NAMES['nb'][code]}» ({code})" for code in untried)
    if names:
        said.append(
            f"Ikke prøvd på nytt: {names}. Det oppdages først etter kontrollen; bare det som er funnet og står nå, er veid om."
        )
    return " ".join(said)


def trial_row(number: str, kind: str, amount: str, change: trials.Change) -> dict[str, str]:
    return {
        "Bilag": bilag(kind, number),
        "Beløp": amount,
        "Nye funn": ", ".join(dict.fromkeys(one.code for one in change.come)),
        "Funn som faller bort": ", ".join(dict.fromkeys(one.code for one in change.go)),
        "Funn som veier annerledes": ", ".join(dict.fromkeys(one.after.code for one in change.reweighed)),
        "Holdes tilbake nå": _held(change.holds_before),
        "Ville blitt holdt tilbake": _held(change.holds_after),
    }


def _held(holds: Sequence[str]) -> str:
    return ", ".join(PURPOSES.get(one, one.removeprefix("channel:")).lower() for one in holds) or "nei"


def rule_row(tenant: str, documents: int, held: int, worth: str) -> dict[str, str]:
    return {"Klient": tenant, "Bilag eller kort": str(documents), "Holdt tilbake": str(held), "Beløp holdt tilbake": worth}


def rule_description(code: str) -> str:
    said = messages.sentence(findings.Finding(code=code, severity="info", value="…", suggestion="…"), kind=kinds.whose(code))
    return f"{code}: {said.replace('(tomt)', '…')} Det som står her, gjelder nå."


def changed_page(numbers: Mapping[str, bool]) -> str:
    """What the source changed after it had been sent; by number, whether the new version goes to the debtor too."""
    again = "den nye utgaven er sendt, eller sendes når ingenting holder den tilbake"
    listed = "\n".join(f"- {_plain(number)}: {again if goes else _KEPT}" for number, goes in numbers.items())
    return f"\n\n## Endret i PowerOffice etter utsending\n\n{listed}"


_KEPT = (
    "det som er sendt eller bokført, står ved lag. Den nye utgaven sendes ikke (slått av for klienten, sendt før, eller det som er "
    "bokført, er endret). Skal endringen gjelde, må bilaget krediteres og lages på nytt"
)


def held_description(more: int) -> str:
    """What the held documents are, and how many are not shown."""
    return f"{_HELD} De {more} nyeste vises ikke her; alle står i klientrapportens regneark." if more else _HELD


def held_page(tenant: str, rows: Sequence[Mapping[str, str]], more: int, stopped: Sequence[str]) -> str:
    """The held documents as a page of short sections (Prefect's own tables do not wrap their lines), after what is stopped."""
    title = "\n\n".join([f"# Holdt tilbake for {tenant}", *(f"> {_plain(sentence)}" for sentence in stopped)])
    if not rows:
        return f"{title}\n\nIngenting holdes tilbake."
    sections = [
        f"### {' · '.join(_plain(row[name]) for name in ('Bilag', 'Kunde', 'Beløp') if row[name])}\n\n"
        f"**{row['Status']}:** {_plain(row['Hvorfor'])}\n\n**Gjør dette:** {_plain(row['Hva klienten må gjøre'])}"
        for row in rows
    ]
    return "\n\n".join([title, held_description(more), *sections])


def _masked(row: dict[str, str]) -> dict[str, str]:
    """Prefect's pages are read by others than the client, and a name may hold an identity number."""
    return {column: identity.mask_identity_numbers(text) for column, text in row.items()}


def _plain(text: str) -> str:
    """Text that comes from outside, as it is: no markup, no line breaks, and no identity number as a whole."""
    marked = re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", identity.mask_identity_numbers(" ".join(text.split())))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", marked)
