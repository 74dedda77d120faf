"""The companies of the seed: two clients (sellers), their buyers (buyers.csv) and their goods.

Names are invented. Organisation numbers begin with 3 and identity numbers have 80 added to the month, as the synthetic ones of
the Norwegian registers do, so that they have right check digits and belong to nobody. E-mail addresses end in .example.
Post codes and places match Posten's register.
"""

from __future__ import annotations

import csv
import pathlib
from decimal import Decimal
from typing import Literal

import msgspec
from stdnum import luhn
from stdnum.no import fodselsnummer

from sandboxes import ehf

Receives = Literal["both", "invoice", "none"]

_TABLE = pathlib.Path(__file__).with_name("buyers.csv")

HIGH = ehf.Vat("S", Decimal(25))
FOOD = ehf.Vat("S", Decimal(15))
LOW = ehf.Vat("S", Decimal(12))
ZERO = ehf.Vat("Z", Decimal(0))
EXEMPT = ehf.Vat("E", Decimal(0), "Unntatt merverdiavgift etter merverdiavgiftsloven § 3-5")
EXPORT = ehf.Vat("G", Decimal(0), "Utførsel, merverdiavgiftsloven § 6-21")


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of a client, as a row of buyers.csv. `role` names why the seed has it, if not as an ordinary one."""

    name: str
    form: str
    """AS, SA, ENK ... as in the register of companies, or "person"."""
    street: str
    post_code: str
    place: str
    country: str
    invoice_email: str
    email: str
    receives: Receives
    role: str
    number: int = 0
    organisation_number: str = ""

    @property
    def person(self) -> bool:
        return self.form == "person"


class Goods(msgspec.Struct, frozen=True):
    product: str
    text: str
    unit: str
    price: Decimal
    vat: ehf.Vat


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A client: the seller, its customers and what it sells."""

    seller: ehf.Party
    account: str
    factoring_number: str
    client_key: str
    first_customer: int
    first_invoice: int
    buyers: tuple[Buyer, ...]
    goods: tuple[Goods, ...]


def organisation_number(serial: int) -> str:
    """A synthetic organisation number with a right check digit; one without a check digit is skipped."""
    payload = 31000000 + serial * 10
    while True:
        weighted = sum(int(digit) * weight for digit, weight in zip(str(payload), (3, 2, 7, 6, 5, 4, 3, 2), strict=True))
        check = (11 - weighted % 11) % 11
        if check < 10:
            return f"{payload}{check}"
        payload += 1


def account(bank: str, serial: int) -> str:
    """An account number of eleven digits with a right check digit."""
    payload = f"{bank}{serial:06d}"
    weighted = sum(int(digit) * weight for digit, weight in zip(payload, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    check = (11 - weighted % 11) % 11
    return account(bank, serial + 1) if check == 10 else f"{payload}{check}"


def identity_number(day_and_month: str, year: str, serial: int) -> str:
    """A synthetic national identity number: DDMM with 80 added to the month, YY, three digits and two check digits."""
    payload = f"{day_and_month[:2]}{int(day_and_month[2:]) + 80:02d}{year}{serial:03d}"
    first = fodselsnummer.calc_check_digit1(payload)
    whole = payload + first + fodselsnummer.calc_check_digit2(payload + first)
    return whole if len(whole) == 11 else identity_number(day_and_month, year, serial + 1)


def swedish_number(serial: int) -> str:
    """A Swedish organisation number of ten digits with a right check digit."""
    return (payload := f"559{serial:06d}") + luhn.calc_check_digit(payload)


def _seller(name: str, serial: int, address: ehf.Address, contact: str, email: str) -> ehf.Party:
    number = organisation_number(serial)
    return ehf.Party(
        name=name, number=number, endpoint=("0192", number), vat_number=f"NO{number}MVA", registered=True,
        address=address, contact=contact, email=email, phone="21 00 12 34",
    )  # fmt: skip


def _buyers(client: str, first: int, serial: int) -> tuple[Buyer, ...]:
    """The client's rows of buyers.csv, numbered from `first`."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.pop("client") == client]
    return tuple(_numbered(Buyer(**row), first + at, serial + at) for at, row in enumerate(rows))  # type: ignore[arg-type]


def _g(product: str, text: str, unit: str, price: str, vat: ehf.Vat) -> Goods:
    return Goods(product, text, unit, Decimal(price), vat)


_CLEANING = (
    _g("R100", "Fast renhold, kontor", "HUR", "495.00", HIGH), _g("R210", "Vinduspuss, utvendig", "MTK", "38.50", HIGH),
    _g("V300", "Vaktmestertjeneste", "HUR", "612.00", HIGH), _g("M010", "Søppelsekker 150 l, rull", "EA", "89.90", HIGH),
    _g("H500", "Overnatting, gjestehybel", "DAY", "890.00", LOW), _g("M220", "Kaffe og frukt til møterom", "EA", "164.35", FOOD),
    _g("K400", "Kurs i smittevern", "EA", "2450.00", EXEMPT),
)  # fmt: skip

_FOOD = (
    _g("4011", "Torskefilet, fersk", "KGM", "189.90", FOOD), _g("4102", "Laks, hel sløyd", "KGM", "112.40", FOOD),
    _g("5210", "Helmelk 10 l", "EA", "148.00", FOOD), _g("6301", "Kaffe, filtermalt 1 kg", "EA", "129.00", FOOD),
    _g("8110", "Oppvaskmiddel, maskin 10 l", "EA", "412.50", HIGH), _g("8205", "Servietter hvite, kartong", "EA", "235.00", HIGH),
    _g("9100", "Persontransport til varemesse", "EA", "320.00", LOW), _g("7001", "Kokebok: Sørlandsk sjømat", "EA", "349.00", ZERO),
)  # fmt: skip


def _numbered(buyer: Buyer, number: int, serial: int) -> Buyer:
    right = swedish_number(serial) if buyer.country == "SE" else organisation_number(serial)
    wrong = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    stands = wrong if buyer.role == "organisation_number_invalid" else "" if buyer.person else right
    return msgspec.structs.replace(buyer, number=number, organisation_number=stands)


COMPANIES = (
    Company(
        seller=_seller("Nidelven Renhold og Eiendomsdrift AS", 100,
                       ehf.Address("Fjordgata 30", "7010", "TRONDHEIM"), "Marit Håberg", "faktura@nidelvenrenhold.example"),
        account=account("4200", 118203), factoring_number="4711", client_key="3f0c6d4e-52f1-4a44-9d0b-7c1d0c6be711",
        first_customer=10001, first_invoice=5001, buyers=_buyers("4711", 10001, 200), goods=_CLEANING,
    ),
    Company(
        seller=_seller("Skagerrak Storhusholdning AS", 101,
                       ehf.Address("Gravane 12", "4610", "KRISTIANSAND S"), "Øyvind Tjøm", "faktura@skagerrakstor.example"),
        account=account("2801", 440917), factoring_number="4712", client_key="b81d2f57-0a6e-4f6b-8a35-5e2f1f9a4712",
        first_customer=20001, first_invoice=70001, buyers=_buyers("4712", 20001, 300), goods=_FOOD,
    ),
)  # fmt: skip
