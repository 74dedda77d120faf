"""What vouchers of return data say in the client's books, and the sentences about those that were not posted, or are undone.

Assumed: PowerOffice takes a text of 250 characters.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Sequence

from fakturabro.domain import return_data
from fakturabro.formats.movement_list import layout

_LONGEST = 250
NO_LONGER_RIGHT = "Kontoene er endret siden bilaget ble laget, eller noe i det holdes tilbake nå."
DOUBTFUL = "ingen vet ennå om PowerOffice har gjort det, eller noe av det er stoppet."
REVERSED_BY_HAND = "Bilaget er allerede tilbakeført i PowerOffice, ikke av oss. Svarer du ja, føres bevegelsene bare på nytt."


def head(number: int, day: dt.date, part: int) -> str:
    """What the voucher is called."""
    return f"Returdata, oppgjør {number}, {day:%d.%m.%Y}" + (f", del {part}" if part > 1 else "")


def taking_over(number: int) -> str:
    return f"Innbetalinger i oppgjør {number}, overført til mellomværende"


def movement(one: return_data.Movement, invoice_number: str, name: str) -> str:
    """What the lines of a movement say; it can be found again by its name, or by invoice and KID where it has none."""
    is_taken_back = one.amount < 0 and one.kind != "balance_change"
    what = layout.KINDS.get(one.kind, one.kind) + (" tatt tilbake" if is_taken_back else "")
    about = [f"faktura {invoice_number}" if invoice_number else "", f"KID {one.kid}" if one.kid and not name else ""]
    said = [", ".join([what, *filter(None, about)]), f"Bevegelse {name}" if name else "", one.text]
    return ". ".join(filter(None, said))[:_LONGEST]


def too_many_refused(number: int, count: int) -> str:
    return (
        f"PowerOffice sa nei til så mange bilag at {_counted(count)} i oppgjør {number} venter til neste kjøring. Bevegelsene "
        "som er årsaken, er holdt tilbake med begrunnelse."
    )


def not_checked(number: int, count: int) -> str:
    return f"{_counted(count)} i oppgjør {number} var ikke kontrollert mot PowerOffice i denne kjøringen og tas i neste."


def _counted(count: int) -> str:
    return "1 bevegelse" if count == 1 else f"{count} bevegelser"


def stands_still(number: int, part: int, why: str) -> str:
    return f"Bilaget for oppgjør {number}, del {part}, kan verken sendes som det er eller lages på nytt ennå: {why}"


FRESH_DOUBT = "det kan ennå være på vei til PowerOffice. Det avklares i neste kjøring."
STANDS_AFTER_ALL = "det står i PowerOffice likevel. Frigi det som holdes tilbake, så blir det regnet som ført."
TAKEN = "PowerOffice har hatt et bilag med vår referanse. Finn det der. Ingenting føres på nytt før det er avklart."


def rejected(tenant: str, number: str, count: int, place: str, why: str) -> str:
    """`number` names one of the movements, `place` the settlement and part where known, `why` is what was said of the voucher."""
    return (
        f"{_counted(count)}{place} står som avvist og føres ikke: {why} Se på bilaget i PowerOffice og rett det der. Kjør så "
        f'`fakturabro resend {tenant} {shlex.quote(number)} --why "hvorfor"`, som leser det tilbake.'
    )


def place(settlement: int, part: int) -> str:
    return f" (oppgjør {settlement}, del {part})"


def no_number(text: str) -> str:
    return f"«{text}» er ikke et bilagsnummer. Skriv numrene i PowerOffice med komma mellom."


def unknown(number: int) -> str:
    return f"Bilag {number} er ikke ført av Fakturabro hos denne klienten og kan ikke tilbakeføres herfra. Gjør det i PowerOffice."


def several(number: int) -> str:
    return f"Flere av våre bilag har nummer {number} i PowerOffice. Meld fra til drift."


def undone_before(number: int | None) -> str:
    return f"Bilag {number} er tilbakeført før."


def refused_today(number: int | None) -> str:
    return f"En godkjenner har svart nei til å tilbakeføre bilag {number} i dag. Det kan spørres på nytt i morgen."


def locked(number: int | None, day: dt.date) -> str:
    return (
        f"Bilag {number} har føringer i en periode som er låst til og med {day:%d.%m.%Y} i PowerOffice og kan ikke tilbakeføres. "
        "Klienten må åpne perioden først."
    )


def gone(number: int | None) -> str:
    return f"Bilag {number} finnes ikke lenger i PowerOffice blant det vi har ført. Se etter der; ingenting er gjort."


def not_reversed(number: int | None, why: str) -> str:
    return f"Bilag {number} skal tilbakeføres, men ble det ikke: {why} Det prøves igjen i neste kjøring."


def not_done_yet(number: int | None) -> str:
    return (
        f"PowerOffice har tatt imot tilbakeføringen av bilag {number}, men viser det ikke som tilbakeført ennå. Ingenting føres på "
        "nytt før det gjør det."
    )


def not_posted_whole(number: int | None) -> str:
    return f"Ikke alt i bilag {number} er avklart som ført. Det kan tilbakeføres når tvilen er avklart."


def lost_undos(keys: Iterable[str]) -> str:
    return (
        "Hovedboken er gjenopprettet og mangler tilbakeføringer som står i sendejournalen. Disse bevegelsene føres ikke på nytt "
        f"før bilagene er funnet igjen i PowerOffice: {', '.join(keys)}. Står dette her i flere dager, meld fra til drift."
    )


def of_kind(kind: return_data.MovementKind, count: int, amount: str) -> str:
    return f"{layout.KINDS.get(kind, kind)}\t{count} stk., {amount}"


def anew(kind: return_data.MovementKind, sides: Sequence[str]) -> str:
    """Where a kind is posted: account numbers, empty for the customer's own; no sides where the table has no row."""
    where = " mot ".join(one or "kundens reskontro" for one in sides) or "holdes tilbake, konteringstabellen har ingen rad"
    return f"{layout.KINDS.get(kind, kind)}\t{where}"
