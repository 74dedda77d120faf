"""Two registers of 20,000 customers compared, beside the baseline that finds exact names only.

Both registers are seeded. 14,000 customers stand in both, mutated as people mutate them: typos, the legal form before, behind or
missing, words that changed places, a number or an e-mail address that one of them lacks, a street written otherwise. 6,000 stand on
one side only; half of those are near others: a branch in the next town, a company of the same group in the same house with the same
domain, a namesake. Recall and precision count the pairs from `scoring.LIKELY` on, with no rule helping: no number is the same.
"""

from __future__ import annotations

import json
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable

import msgspec

from benchmarks import rows
from fakturabro.domain.similarity import comparing, entries, scoring

COUNT, _IN_BOTH, _NEAR = 20_000, 14_000, 3_000
_SEED = 20_261_123
_SYLLABLES = re.findall(
    r"\w+",
    "sol berg vik strand haug fjell nes dal mo lund skog eng holm sund bakk myr ås bru hav tind foss lien rud stad",
)
_TRADES = re.findall(
    r"\w+",
    "Bygg Transport Elektro Rør Maskin Regnskap Invest Eiendom Handel Fisk Trevare Maling Data Konsult Renhold Gartneri "
    "Bakeri Auto Service Entreprenør Arkitekter Tannlege Frisør Catering Reklame Trykk Media Energi Sveis Montasje",
)
_FIRST = re.findall(r"\w+", "Kari Ola Anne Per Liv Jon Nina Odd Eva Tor Siri Lars Ida Knut Berit Arne Mona Geir Tone Nils")
_FORMS = ("AS", "AS", "AS", "AS", "ASA", "DA", "ENK", "AB")
_STREETS = re.findall(
    r"\w+",
    "Storgata Strandgata Kirkegata Skolevegen Industriveien Havnegata Parkveien Jernbanegata Myrveien Fjordgata",
)
_CITIES = (
    ("0155", "OSLO"),
    ("5014", "BERGEN"),
    ("7010", "TRONDHEIM"),
    ("4006", "STAVANGER"),
    ("9008", "TROMSØ"),
    ("6003", "ÅLESUND"),
)


def measure() -> list[rows.Row]:
    """Four rows: seconds, peak memory, recall and precision."""
    ours = rows.child("similarity", "ours", within=600)
    exact = rows.child("similarity", "exact")
    size = f"{COUNT} x {COUNT} customers, {ours['candidates']} pairs shown"
    beside = f"exact names find {exact['recall']:.3f} at {exact['precision']:.3f} in {exact['seconds']:.2f} s"
    return [
        rows.row("similarity_seconds", ours["seconds"], "s", "value <= 60", note=size),
        rows.row("similarity_peak", ours["peak"], "MB", "value <= 1000", note=f"{ours['before']:.0f} MB of it before comparing"),
        rows.row("similarity_recall", ours["recall"], "of all pairs", "value >= 0.98", peer=exact["recall"], note=beside),
        rows.row("similarity_precision", ours["precision"], "of those found", "value >= 0.95", note="no number is the same"),
    ]


def main() -> None:
    """One measurement in this process."""
    severa, fortnox = registers()
    before, started = _peak(), time.perf_counter()
    found = {"ours": _alike, "exact": _exact}[sys.argv[1]](severa, fortnox)
    seconds = time.perf_counter() - started
    right = sum(ours.removeprefix("s") == theirs.removeprefix("f") for ours, theirs in found)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "before": before,
                "peak": _peak(),
                "recall": right / _IN_BOTH,
                "precision": right / max(len(found), 1),
                "candidates": len(found),
            }
        )
    )


def _alike(severa: list[entries.Entry], fortnox: list[entries.Entry]) -> list[tuple[str, str]]:
    compared = comparing.compare("customer", severa, fortnox, {})
    return [(one.severa.key, one.fortnox.key) for one in compared.pairs if one.scores.points >= scoring.LIKELY]


def _exact(severa: list[entries.Entry], fortnox: list[entries.Entry]) -> list[tuple[str, str]]:
    """The baseline: the same name, sign by sign, that stands once on each side."""
    names: dict[str, list[str]] = {}
    for one in fortnox:
        names.setdefault(one.name, []).append(one.key)
    return [(one.key, names[one.name][0]) for one in severa if len(names.get(one.name, ())) == 1]


def registers(count: int = COUNT, both: int = _IN_BOTH, near: int = _NEAR) -> tuple[list[entries.Entry], list[entries.Entry]]:
    """Two registers; the same customer has the same key but for its first letter, "s" or "f"."""
    chance = random.Random(_SEED)  # noqa: S311 - a seed is what makes it the same tomorrow
    made: dict[str, entries.Entry] = {}
    while len(made) < count:
        one = _company(chance, len(made))
        made.setdefault(one.name, one)
    severa = list(made.values())
    fortnox = [_mutated(chance, one) for one in severa[:both]]
    fortnox += [_neighbour(chance, one) for one in chance.sample(severa, near)]
    fortnox += [_fresh(chance, made, place) for place in range(count - both - near)]
    numbered = [
        msgspec.structs.replace(one, number=str(50_000 + place) if chance.random() < 0.85 else "")
        for place, one in enumerate(fortnox)
    ]
    chance.shuffle(numbered)
    return severa, numbered


def _company(chance: random.Random, place: int) -> entries.Entry:
    stem = "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 2, 3)))).capitalize()
    words = [stem, *chance.sample(_TRADES, chance.choice((1, 1, 2)))]
    if chance.random() < 0.2:
        words.insert(0, chance.choice(_FIRST))
    code, city = chance.choice(_CITIES)
    domain = f"{stem}.example".lower() if chance.random() < 0.8 else "gmail.com"
    return entries.Entry(
        key=f"s{place}",
        number=str(10_000 + place),
        name=f"{' '.join(words)} {chance.choice(_FORMS)}",
        organisation_number=str(chance.randrange(800_000_000, 999_999_999)) if chance.random() < 0.7 else "",
        email=f"{chance.choice(('post', 'faktura', 'regnskap', words[0].lower()))}@{domain}" if chance.random() < 0.8 else "",
        address=f"{chance.choice(_STREETS)} {chance.randrange(1, 120)}",
        postal_code=code,
        city=city,
    )


def _mutated(chance: random.Random, one: entries.Entry) -> entries.Entry:
    """The same customer as somebody else has written it down."""
    name = one.name
    for mutate, how_often in ((_reform, 0.5), (_swapped, 0.25), (_mistyped, 0.5), (_mistyped, 0.1), (_cased, 0.1), (_spelt, 0.2)):
        if chance.random() < how_often:
            name = mutate(chance, name)
    address = one.address if chance.random() < 0.8 else one.address.replace("gata", "gt.").replace("veien", "v.")
    return entries.Entry(
        key=one.key.replace("s", "f", 1),
        number="",
        name=name,
        organisation_number=one.organisation_number if chance.random() < 0.8 else "",
        email=_maybe(chance, 0.7, one.email) or _maybe(chance, 0.5, one.email.replace("post@", "faktura@")),
        address=address if chance.random() < 0.9 else f"Postboks {chance.randrange(1, 400)}",
        postal_code=one.postal_code,
        city=one.city,
    )


def _neighbour(chance: random.Random, one: entries.Entry) -> entries.Entry:
    """Another customer that is near one: a branch, a company of the same group, or a namesake."""
    words, kind = one.name.split(), chance.randrange(3)
    near = msgspec.structs.replace(one, key=f"fn{one.key}", organisation_number=str(chance.randrange(800_000_000, 999_999_999)))
    if kind == 0:  # a branch in the next town, with the same domain
        code, city = chance.choice([each for each in _CITIES if each[1] != one.city])
        name = " ".join([*words[:-1], city.capitalize(), words[-1]])
        return msgspec.structs.replace(near, name=name, postal_code=code, city=city, address=f"Torget {chance.randrange(1, 99)}")
    if kind == 1:  # the same group in the same house, with the same e-mail
        trade = chance.choice([each for each in _TRADES if each not in words])
        return msgspec.structs.replace(near, name=" ".join([*words[:-2], trade, words[-1]]))
    code, city = chance.choice(_CITIES)  # a namesake that has nothing else in common
    email = f"post@{chance.choice(_SYLLABLES)}{chance.randrange(999)}.example"
    return msgspec.structs.replace(near, email=email, postal_code=code, city=city, address=f"Torget {chance.randrange(1, 99)}")


def _fresh(chance: random.Random, known: Iterable[str], place: int) -> entries.Entry:
    while (one := _company(chance, place)).name in known:
        pass
    return msgspec.structs.replace(one, key=f"fx{place}")


def _maybe(chance: random.Random, how_often: float, value: str) -> str:
    return value if chance.random() < how_often else ""


def _reform(chance: random.Random, name: str) -> str:
    """The legal form before, away, or written with a slash."""
    stem, _, form = name.rpartition(" ")
    return chance.choice((f"{form} {stem}", stem, f"{stem} {'A/S' if form == 'AS' else form}", f"{stem}, {form}"))


def _swapped(chance: random.Random, name: str) -> str:
    words = name.split()
    at = chance.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def _mistyped(chance: random.Random, name: str) -> str:
    """One letter away, doubled, another, or two that changed places; not the first, and none of the legal form's."""
    at = chance.randrange(1, max(len(name) - 4, 2))
    letter = chance.choice("abdefgiklmnoprstuvy")
    kinds: tuple[Callable[[], str], ...] = (
        lambda: name[:at] + name[at + 1 :],
        lambda: name[:at] + name[at] + name[at:],
        lambda: name[:at] + letter + name[at + 1 :],
        lambda: name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
    )
    return chance.choice(kinds)()


def _cased(chance: random.Random, name: str) -> str:
    return chance.choice((name.upper(), name.lower()))


def _spelt(_: random.Random, name: str) -> str:
    return name.replace("ø", "oe").replace("å", "aa").replace("Ø", "O")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
