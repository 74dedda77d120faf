"""The words of the mail about a report, in both languages. It carries counts, kroner and the link, and names nobody."""

from __future__ import annotations

from data_quality.report import cleaning, content, wording

_SUBJECTS = {
    "nb": ("{client}: {count} venter på deg", "{client}: {count} bør rettes", "{client}: ingenting venter på deg"),
    "en": ("{client}: {count} waiting for you", "{client}: {count} to mend", "{client}: nothing is waiting for you"),
}
_UNPOSTED = "{client}: {count}"
_TEXTS = {
    "nb": """Hei {name},

{headline}.
{new}{cards}{deadline}
Rapporten sier hva som må rettes, og hvor:
{link}

Lenken er personlig og virker i tretti dager. Når du åpner den, sender vi en kode til denne adressen.{attached}

Hilsen Fakturabro
""",
    "en": """Hello {name},

{headline}.
{new}{cards}{deadline}
The report says what has to be mended, and where:
{link}

The link is personal and works for thirty days. When you open it, we send a code to this address.{attached}

Fakturabro
""",
}
_NEW = {
    "nb": ("", "Én feil er ny.\n", "{count} feil er nye.\n"),
    "en": ("", "One fault is new.\n", "{count} faults are new.\n"),
}
_CARDS = {"nb": "{count} vil stanse neste faktura.\n", "en": "{count} would stop the next invoice.\n"}
_TOO_LARGE = {
    "nb": "\nRapporten er for stor til å legges ved i sin helhet; alt ligger på sidene som lenken åpner.",
    "en": "\nThe report is too large to be attached as a whole; all of it is on the pages that the link opens.",
}


def subject(report: content.Report) -> str:
    """Who, and how much waits."""
    language, client = report.language, cleaning.line(report.client, 200)
    documents, cards, nothing = _SUBJECTS[language]
    if report.held:
        count = wording.count("documents", len(report.held), language) + wording.in_brackets(report.held, language)
        return documents.format(client=client, count=count)
    if not report.cards and (count := wording.unposted(report)):
        return _UNPOSTED.format(client=client, count=count)
    count = wording.count("count_cards", len(report.cards), language)
    return (cards if report.cards else nothing).format(client=client, count=count)


def text(report: content.Report, name: str, new: int, link: str, *, too_large: bool = False) -> str:
    """The mail. `new` is how many causes this person was never told of; `too_large`: something was not attached."""
    language, deadline = report.language, wording.deadline(report)
    cards = _CARDS[language].format(count=wording.count("count_cards", len(report.cards), language))
    return _TEXTS[language].format(
        name=name,
        headline=wording.first_line(report),
        new=_NEW[language][min(new, 2)].format(count=new),
        cards=cards if report.cards else "",
        deadline=f"{deadline}\n" if deadline else "",
        link=link,
        attached=_TOO_LARGE[language] if too_large else "",
    )


def file_name(report: content.Report, form: str) -> str:
    """An attachment's name: the tenant and the day, nothing from outside."""
    return f"{report.tenant}-{report.period[1]:%Y-%m-%d}.{form}"
