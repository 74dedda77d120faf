"""The words of the mail about errors between Severa and Fortnox. What stations say stands in it as they say it, in Norwegian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from tasks.severa_fortnox import transfer_words

Language = Literal["nb", "en"]
_SHOWN = 50


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One error: what it is about ("Kunde 10003", "" for the run itself), what is wrong, what to do; `cause` tells it apart."""

    cause: str
    about: str
    wrong: str
    remedy: str


_KINDS = {
    "customer": "Customer",
    "article": "Product",
    "project": "Project",
    "sales_invoice": "Sales invoice",
    "purchase_cost": "Project cost",
    "purchase_file": "Picture of a supplier invoice",
}
_SUBJECTS = {
    "nb": ("En feil mellom Severa og Fortnox", "{count} feil mellom Severa og Fortnox"),
    "en": ("An error between Severa and Fortnox", "{count} errors between Severa and Fortnox"),
}
_TEXTS = {
    "nb": """Hei,

Dette ble ikke overført mellom Severa og Fortnox for {tenant}, eller må ses på av noen:

{listed}
{more}
En feil meldes én gang, og igjen hvis den kommer tilbake. Alt som er overført, og alt som ikke er det, står i overføringsloggen.

Hilsen Fakturabro
""",
    "en": """Hello,

This was not carried between Severa and Fortnox for {tenant}, or somebody has to look at it:

{listed}
{more}
An error is told once, and again if it comes back. All that was carried, and all that was not, stands in the transfer log.

Fakturabro
""",
}
_REMEDY = {"nb": "Gjør dette", "en": "Do this"}
_MORE = {"nb": "\n… og {count} til.\n", "en": "\n… and {count} more.\n"}
REJECTED = {
    "nb": "Se på den i begge systemene, rett det som er galt, og be driften prøve på nytt (fakturabro resend).",
    "en": "Look at it in both systems, put right what is wrong, and ask operations to try again (fakturabro resend).",
}


def about(kind: str, number: str, language: Language) -> str:
    """What an error is about."""
    return f"{(transfer_words.KINDS if language == 'nb' else _KINDS)[kind]} {number}".strip()


def mail(tenant: str, troubles: Sequence[Trouble], language: Language) -> tuple[str, str]:
    """(subject, text). Errors that say the same stand together."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in troubles:
        together.setdefault((one.wrong, one.remedy), []).append(one.about)
    blocks = [_block(wrong, remedy, list(dict.fromkeys(of)), language) for (wrong, remedy), of in together.items()]
    more = _MORE[language].format(count=len(blocks) - _SHOWN) if len(blocks) > _SHOWN else ""
    one, many = _SUBJECTS[language]
    subject = one if len(blocks) == 1 else many.format(count=len(blocks))
    return subject, _TEXTS[language].format(tenant=tenant, listed="\n".join(blocks[:_SHOWN]), more=more)


def _block(wrong: str, remedy: str, of: Sequence[str], language: Language) -> str:
    named = ", ".join(filter(None, of[:_SHOWN])) + (" …" if len(of) > _SHOWN else "")
    head = f"- {named}: {wrong}" if named else f"- {wrong}"
    return f"{head}\n  {_REMEDY[language]}: {remedy}\n" if remedy else f"{head}\n"


def not_told(kind: str) -> str:
    """Why the mail did not leave."""
    return f"E-posten om feil mellom Severa og Fortnox gikk ikke ut ({kind}). Den går i neste kjøring."
