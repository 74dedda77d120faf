"""A client's report with data as it comes, for the tests of all three forms."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable

import msgspec

from data_quality.report import content

OSLO = zoneinfo.ZoneInfo("Europe/Oslo")
DAY = dt.date(2026, 11, 23)
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x.example";"Klikk")',
    "+47 900 00 000",
    "@SUM(1+1)",
    "-2+3",
    "\t=1+1",
    "\r\n=cmd|' /C calc'!A0",
    "\u202eSA retøR\u202c",
    "\u2067=1+1\u2069",
    "Åse & Øyvind «Sønn» AS 😀👩‍👩‍👧‍👦🇳🇴",
    "N" * 200,
    "Nul\x00 og \x1b[31m og \x7f",
    "halv \ud83d og \udc00",
    "\ufffe\uffff_x0041_ ]]> {{ 7*7 }} #{1} $x^2$",
    "Z" + "\u0301" * 50 + " مؤسسة النور 漢字 Привет",
    "   ",
    "\u0301\u200d",
    "",
)


def problem(code: str = "incomplete_postal_address", **changes: object) -> content.Problem:
    made = content.Problem(
        code=code,
        field="Postnummer",
        what="Postadressen er ikke fullstendig: postnummer mangler eller er feil, så fakturaen blir ikke sendt ut.",
        remedy="Åpne kundekortet til Fjordbygg Entreprenør AS (kundenr. 10042) i PowerOffice Go og rett postnummer i "
        "postadressen. Norske postnumre har fire siffer.",
        value="701",
        suggestion="7010 TRONDHEIM",
    )
    return msgspec.structs.replace(made, **changes)


def item(number: str = "20451", minor: int = 1_287_550, **changes: object) -> content.Item:
    made = content.Item(
        kind="invoice",
        number=number,
        buyer="Fjordbygg Entreprenør AS",
        customer_number="10042",
        amount=content.Amount(minor),
        problems=(problem(),),
        holds=("distribute",),
        since=dt.date(2026, 11, 20),
    )
    return msgspec.structs.replace(made, **changes)


def report(*held: content.Item, language: content.Language = "nb", **changes: object) -> content.Report:
    """A report of the slot at 08:00 with these held documents and nothing else."""
    made = content.Report(
        tenant="nordlys",
        client="Nordlys Elektro AS",
        language=language,
        made_at=dt.datetime(2026, 11, 23, 8, 4, tzinfo=OSLO),
        slot=dt.datetime(2026, 11, 23, 8, 0, tzinfo=OSLO),
        period=(DAY, DAY),
        fetched=42,
        sent=40,
        next_slot=dt.datetime(2026, 11, 23, 10, 30, tzinfo=OSLO),
        held=held,
    )
    return msgspec.structs.replace(made, **changes)


def everything(language: content.Language = "nb") -> content.Report:
    """A report with something in every part."""
    sums = problem(
        "totals_do_not_add_up",
        field="Beløp å betale",
        what="Beløpene på fakturaen stemmer ikke: beløp å betale er oppgitt til 5 574,50, men blir 5 547,50 når de andre beløpene "
        "regnes sammen.",
        remedy="Krediter fakturaen i PowerOffice Go og send en ny med riktige opplysninger.",
        value="5 574,50",
        suggestion="",
    )
    email = problem(
        "invalid_email",
        severity="warn",
        field="E-post for faktura",
        what="E-postadressen «faktura@kystservise,no» er skrevet feil og blir ikke brukt.",
        remedy="Åpne kundekortet til Kystservice Lofoten AS (kundenr. 10077) i PowerOffice Go og rett e-postadressen for faktura.",
        value="faktura@kystservise,no",
        suggestion="faktura@kystservise.no",
    )
    address = problem(
        "missing_postal_address",
        field="Postadresse",
        what="Kunden mangler postadresse, så fakturaen blir ikke sendt ut.",
        remedy="Åpne kundekortet i PowerOffice Go og fyll ut postadresse med gateadresse, postnummer og poststed.",
        value="",
        suggestion="",
    )
    refused = problem(
        "refused",
        field="",
        what="Factoringselskapet avviste fakturaen.",
        remedy="Vi avklarer avslaget med factoringselskapet.",
        value="",
        suggestion="",
    )
    coast = {"buyer": "Kystservice Lofoten AS", "customer_number": "10077"}
    return report(
        item(),
        item("20458", 315_000),
        item(
            "20455",
            557_450,
            buyer="Berg & Dal Regnskap ANS",
            customer_number="10108",
            problems=(sums,),
            holds=("book", "distribute"),
        ),
        item("20460", 98_000, **coast, problems=(address, email), since=DAY, amount=content.Amount(98_000, "EUR")),
        language=language,
        waits_on_us=(
            item("20431", 120_000, buyer="Alta Bilverksted AS", customer_number="10015", holds=(), problems=(refused,), since=None),
        ),
        waiting_credit_notes=1,
        released=tuple(
            content.Released(kind="invoice", number=number, buyer=buyer, amount=content.Amount(minor), became=became)
            for number, buyer, minor, became in (
                ("20440", "Hålogaland Maskin AS", 4_210_000, "sent"),
                ("20443", "Sørvær Kommune", 87_500, "on_its_way"),
                ("20399", "Trude Bakke", 129_900, "cancelled"),
            )
        ),
        warnings=(item("20462", 230_000, **coast, problems=(email,), holds=(), since=None),),
        cards=(
            item("", 0, kind="customer", **coast, problems=(address,), holds=("distribute",), since=None, amount=None),
            item(
                "", 0, kind="customer", buyer="Ola Nordmann", customer_number="10201", problems=(address,), since=None, amount=None
            ),
        ),
        returns=returns(),
        trend=tuple(trend()),
        certificates=(certificate("book"), certificate("distribute")),
        stops=("Utsending av brev er stanset siden 09:12: trykkeriet svarer ikke. Ny vurdering kl. 12:00.",),
        rules="versjon 4, gjelder fra 2. november 2026",
    )


def returns(text: str = "") -> content.Returns:
    """Return data of which some is held; with a `text` it stands in every place that takes one from outside."""
    closed = problem(
        text or "account_closed",
        field="",
        what=text or "Konto 6971 er ikke aktiv i kontoplanen i PowerOffice.",
        remedy=text or "Åpne kontoen i PowerOffice Go, eller be oss føre på en annen konto.",
        value=text,
        suggestion="",
    )
    unknown = problem(
        "unknown_buyer",
        field="",
        what="Kunde 20977 finnes ikke i kundereskontroen i PowerOffice.",
        remedy="Opprett kunden med dette nummeret i PowerOffice Go.",
        value="",
        suggestion="",
    )
    fee = {"kind": "movement", "buyer": text or "Administrativt gebyr", "customer_number": text, "holds": (), "since": None}
    paid = {"kind": "payment", "number": text or "5081", "customer": text or "20977"}
    return content.Returns(
        held=(
            item(text or "5081", 1_250_000, **fee | {"buyer": "Innbetaling", "customer_number": "20977"}, problems=(unknown,)),
            item(text or "5077", 62_500, **fee, problems=(closed,)),
            item(text or "5079", 33_333, **fee, problems=(closed,)),
        ),
        open=1,
        until=DAY - dt.timedelta(1),
        compared=(
            content.Compared(
                role="balance",
                currency=text or "NOK",
                ours=18_420_550,
                theirs=17_266_383,
                differences=(
                    content.Difference(code="held", minor=-1_250_000, **paid),
                    content.Difference(code="held", minor=95_833, kind="administrative_fee", number="5077"),
                ),
            ),
            content.Compared(role="customer_contra", currency="NOK", ours=0, theirs=0),
            content.Compared(
                role="customers",
                currency="NOK",
                ours=94_310_000,
                theirs=95_315_000,
                differences=(
                    content.Difference(code="held", minor=1_250_000, **paid),
                    content.Difference(code="paid_by_hand", minor=-200_000, number="20431", voucher=text or "5012"),
                    content.Difference(code="another_voucher", minor=-45_000, voucher="5019", customer="10042"),
                ),
            ),
            content.Compared(role="company", currency="NOK", ours=18_420_550, theirs=18_420_550),
        ),
    )


def everywhere(text: str) -> content.Report:
    """A report with the text in every place that takes one from outside."""
    fault = problem(text, field=text, what=text, remedy=text, value=text, suggestion=text)
    faulty = item(text, 100, buyer=text, customer_number=text, problems=(fault,), amount=content.Amount(100, text or "NOK"))
    released = content.Released(kind="invoice", number=text, buyer=text, amount=content.Amount(100, text or "NOK"), became="sent")
    attested = certificate(text, currency=text, hash=text)
    parts = {"held": (faulty,), "warnings": (faulty,), "cards": (faulty,), "waits_on_us": (faulty,), "released": (released,)}
    return report(
        client=text, rules=text, stops=(text,), certificates=(attested,), trend=tuple(trend(3)), returns=returns(text), **parts
    )


def trend(days: int = 30) -> Iterable[content.Day]:
    """Working days have documents, Saturdays and Sundays none; what is held goes up and down."""
    held = 6
    for at in range(days):
        date = DAY - dt.timedelta(days - 1 - at)
        fetched = 30 + 17 * at % 23 if date.weekday() < 5 else 0
        held = (at * 7) % 9 if fetched else held
        yield content.Day(date=date, fetched=fetched, sent=max(fetched - at % 4, 0), held=held)


def certificate(purpose: str = "distribute", **changes: object) -> content.CertificateLine:
    made = content.CertificateLine(
        purpose=purpose,
        currency="NOK",
        count={"opening": 3, "fetched": 42, "accepted": 40, "cancelled": 1, "held": 4, "closing": 4},
        amount={"opening": 1_200_000, "fetched": 42_055_050, "accepted": 41_000_050, "cancelled": 97_450, "held": 2_157_550},
        adds_up=True,
        hash="9f2c4b7d1e0a5566778899aabbccddee",
    )
    return msgspec.structs.replace(made, **changes)
