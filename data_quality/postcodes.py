"""Norwegian post codes and their places: the register, and what a code and a place that do not fit were probably meant to be.

A register of about 2019 is shipped. An operator may name a newer file: Posten's own (tab separated, code and place first, Windows
or UTF-8 text) or a CSV with the columns postcode and place. Codes change a few times a year, so a code that is not known is
never more than a warning.

Source: https://www.bring.no/tjenester/adressetjenester/postnummer/postnummertabeller-veiledning (layout of the tab separated file);
data/SOURCES.md for the shipped one and for the names in other languages.
"""

from __future__ import annotations

import functools
import hashlib
import pathlib
import re
import unicodedata
from collections.abc import Iterator

from data_quality import place_names, spelling

SHIPPED = pathlib.Path(__file__).parent / "data" / "no_postcodes.csv"
_FEWEST = 4_000
"""Norway has about 5,100 codes: with fewer the file is not whole, and every other address would be called unknown."""
_MOST_SUGGESTED = 3
_LETTERS = str.maketrans({"ø": "o", "ö": "o", "œ": "o", "æ": "a", "ä": "a", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ð": "d"})


class RegisterError(ValueError):
    """A register file that cannot be used; the message has file and line, and what is to be mended."""


class Register:
    """Codes and places of one file."""

    def __init__(self, places: dict[str, str], fingerprint: str = "") -> None:
        self._places = places
        self.fingerprint = fingerprint
        """Which file it is, in 12 hexadecimal digits."""
        self._codes: dict[str, list[str]] = {}
        for code, place in places.items():
            self._codes.setdefault(_plain(place), []).append(code)

    def place(self, code: str) -> str | None:
        """The place of a code as the register writes it, None for a code that it lacks."""
        return self._places.get(code)

    def fits(self, code: str, written: str) -> bool:
        """Whether `written` names the code's place, whatever the case, accents and abbreviations, in Norwegian, Sámi or Kven.

        True for an unknown code.
        """
        place = self._places.get(code)
        if place is None:
            return True
        names = (place, *place_names.ALSO_CALLED.get(place.upper(), ()))
        return any(is_same_place(part, name) for part in re.split(r"[/,(]", written) for name in names)

    def suggestion(self, code: str, written: str) -> str:
        """What was probably meant, as "5003 BERGEN"; up to three of them, where the written place has codes like this one.

        A place that is nearly the code's own is a slip, and only the code's own is suggested. Empty for a code that is not known.
        """
        place = self._places.get(code)
        if place is None:
            return ""
        codes = [] if spelling.distance(_plain(written), _plain(place), 2) <= 2 else self._codes.get(_plain(written), [])
        near = codes if len(codes) < _MOST_SUGGESTED else [other for other in codes if spelling.distance(code, other, 1) == 1]
        return ", ".join(f"{one} {self._places[one]}" for one in (*near[: _MOST_SUGGESTED - 1], code))


def is_same_place(written: str, place: str) -> bool:
    """Whether both name the same place: "Kr.sand", "Kristiansand" and "KRISTIANSAND S", "Aalesund" and "ÅLESUND".

    >>> is_same_place("Mo", "MO I RANA"), is_same_place("Sandnes", "SANDNESSJØEN")
    (True, False)
    """
    one, other = _plain(written).split(), _plain(place).split()
    shorter = min(len(one), len(other))
    return shorter > 0 and _is_same_word(one[0], other[0]) and all(map(_is_like_word, one[1:shorter], other[1:shorter]))


def read(path: str = "") -> Register:
    """The register in `path`, the shipped one for an empty text; read again when the file has changed. Raises RegisterError."""
    file = pathlib.Path(path) if path else SHIPPED
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise RegisterError(
            f"{file} cannot be read ({error.strerror}); name a file that exists, or none for the shipped one"
        ) from error


@functools.lru_cache(maxsize=4)
def _read(file: pathlib.Path, _changed: int) -> Register:
    places: dict[str, str] = {}
    data = file.read_bytes()
    for number, code, place in _rows(file, data):
        if not re.fullmatch(r"[0-9]{4}", code):
            raise RegisterError(f"{file}, line {number}: {code!r} is no post code of four digits")
        if not _plain(place):
            raise RegisterError(f"{file}, line {number}: the post code {code} has no place")
        if places.setdefault(code, place) != place:
            raise RegisterError(f"{file}, line {number}: the post code {code} belongs to {places[code]!r} already")
    if len(places) < _FEWEST:
        raise RegisterError(f"{file} has {len(places)} post codes and Norway about 5,100: the file is not whole, fetch it again")
    return Register(places, hashlib.sha256(data).hexdigest()[:12])


def _rows(file: pathlib.Path, data: bytes) -> Iterator[tuple[int, str, str]]:
    """Line number, code and place; a first line of column names is passed over."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    for number, line in enumerate(text.split("\n"), 1):
        separator = next((sign for sign in "\t;" if sign in line), ",")
        cells = [cell.strip().strip('"') for cell in line.split(separator)]
        if not line.strip() or (number == 1 and cells[0].casefold() in {"postcode", "postnummer"}):
            continue
        if "\ufffd" in line or len(cells) < 2:
            raise RegisterError(f"{file}, line {number}: expected a post code and a place, found {line.strip()[:60]!r}")
        yield number, cells[0], cells[1]


@functools.lru_cache(maxsize=65_536)
def _plain(place: str) -> str:
    """The place in plain small letters: no code, accents, hyphens and brackets; å and aa as a, ø and oe as o, æ and ae as a."""
    bare = re.sub(r"^\s*(?:NO?-?)?\s*[0-9]{4}\b", "", place.strip(), flags=re.IGNORECASE)
    folded = bare.casefold().translate(_LETTERS)
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))
    joined = letters.replace("aa", "a").replace("oe", "o").replace("ae", "a")
    return " ".join(re.sub(r"[^\w.]+", " ", joined).split())


def _is_same_word(written: str, word: str) -> bool:
    """The same, or the one an abbreviation of the other ("kr.sand"); more than two points abbreviate nothing."""
    if written == word:
        return True
    parts = written.split(".")
    return 1 < len(parts) <= 3 and parts[0] != "" and re.fullmatch("[a-z]*".join(map(re.escape, parts)), word) is not None


def _is_like_word(written: str, word: str) -> bool:
    """As above, or the one the other's first letter: "s" for "sor" after the name."""
    return _is_same_word(written, word) or (min(len(written), len(word)) == 1 and written[0] == word[0])
