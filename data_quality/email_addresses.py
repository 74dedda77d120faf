"""E-mail addresses that are misspelt: against the syntax, or by a slip of the finger in the domain ("gmial.com").

Only slips that no real domain is likely to be: the name of a large service, of five letters or more, with one letter left out,
put in, exchanged or swapped after the first, or an ending that nobody registers under. Services whose names a company may well
have in another spelling (tele2.no, ebnett.no, start.no) are not looked at. What is doubtful is let be: a wrong remark costs more
trust than a missed one.

Source: the mail services that Norwegians use most, by our own knowledge; there is no register of them.
"""

from __future__ import annotations

import functools
import re

from data_quality import countries, spelling

ADDRESS = r"[^\s@;,<>()\[\]\\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}"
"""The pattern of one address."""
_WELL_KNOWN = (
    "gmail.com googlemail.com hotmail.com hotmail.no outlook.com outlook.no live.no live.com msn.com yahoo.com yahoo.no "
    "icloud.com me.com mac.com online.no broadpark.no getmail.no lyse.net altibox.no frisurf.no sensewave.com chello.no "
    "protonmail.com proton.me"
)
_SERVICES = frozenset(_WELL_KNOWN.split())
_LOOKALIKES = (
    "mail.com email.com ymail.com gmx.com gmx.net qmail.com mail.no email.no hotmall.com cloud.com inline.no oline.no onlive.no "
    "onlie.no getmail.com gotmail.no outlook.jp yahoo.net outlock.no lysa.net hotmail.co lyse.no altibox.net chelo.no yaho.no "
    "gmail.dev gmal.no"
)
_REAL = frozenset(_LOOKALIKES.split())
"""Domains near a mail service that somebody owns, or may well own."""
_LIKELY_ENDINGS = frozenset(["cam", "pet", "bet", "vet", "new", "now", "one", "onl", "net", "com", "org", "info"])
_SHORTEST_NAME = 5
_WORDS = frozenset({"online", "getmail", "chello"})
"""Names that are words, or sound like them: with another letter they may be another word, so only order and number count."""
_ONLY_COM = frozenset({"gmail"})
"""Names whose every other ending is a slip: Google gives out no address under another."""


def suggestion(email: str) -> str:
    """The address as it was probably meant, an empty text when nothing is wrong with its domain.

    >>> suggestion("kari@gmial.com"), suggestion("kari@mail.com")
    ('kari@gmail.com', '')
    """
    person, at, domain = email.rpartition("@")
    meant = _meant(domain.casefold()) if person and at else ""
    return f"{person}@{meant}" if meant else ""


def wrong(joined: str) -> str:
    """Those of the addresses joined by ";" that break the syntax, joined in the same way."""
    return ";".join(email for email in joined.split(";") if not re.fullmatch(ADDRESS, email))


def slips(joined: str) -> str:
    """Those of the addresses joined by ";" that keep the syntax and have a slip in the domain, joined in the same way."""
    return ";".join(email for email in joined.split(";") if suggestion(email) and re.fullmatch(ADDRESS, email))


def suggestions(joined: str) -> str:
    """`suggestion` for each of the addresses joined by ";" that has one, joined in the same way."""
    return ";".join(filter(None, map(suggestion, joined.split(";"))))


@functools.lru_cache(maxsize=16_384)
def _meant(domain: str) -> str:
    if domain in _SERVICES or domain in _REAL or domain.count(".") != 1 or len(domain) > 40:
        return ""
    name, _, ending = domain.partition(".")
    for service in sorted(_SERVICES):
        right_name, _, right_ending = service.partition(".")
        if ending == right_ending and _is_slip(name, right_name):
            return service
    for service in sorted(_SERVICES):
        right_name, _, right_ending = service.partition(".")
        is_name = name == right_name or _is_slip(name, right_name)
        if is_name and _is_wrong_ending(name, ending, right_ending):
            return service
    return ""


def _is_slip(name: str, right: str) -> bool:
    """One slip of the finger away, but not in the first letter: "email" is no "gmail"."""
    if len(right) < _SHORTEST_NAME or name == right or spelling.distance(name, right, 1) > 1:
        return False
    swapped = sorted(name) == sorted(right)
    if right in _WORDS:
        return swapped or (name[:1] == right[0] and set(name) == set(right))
    return swapped or name[:1] == right[0]


def _is_wrong_ending(name: str, ending: str, right: str) -> bool:
    if name in _ONLY_COM:
        return ending != "com"
    if ending.upper() in countries.CODES or ending in _LIKELY_ENDINGS:
        return False
    return spelling.distance(ending, right, 1) == 1
