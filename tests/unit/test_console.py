"""The `fakturabro` command: what it prints and how it ends."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from console import serving
from console.demo import secrets as demo_secrets

ROOT = pathlib.Path(__file__).parent.parent.parent


def fakturabro(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.contract
def test_read_says_what_an_invoice_and_a_credit_note_are(shared: pathlib.Path) -> None:
    examples = shared / "samples" / "ehf" / "official-examples"
    done = fakturabro("read", examples / "base-example.xml", "--json")
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert (said["format"], said["documents"], said["findings"]) == ("ehf invoice", 1, [])
    assert list(said["totals"]) == ["EUR"]
    note = json.loads(fakturabro("read", examples / "base-creditnote-correction.xml", "--json").stdout)
    assert note["format"] == "ehf credit_note"
    assert float(next(iter(note["totals"].values()))) < 0


@pytest.mark.contract
def test_read_names_what_the_official_rules_say_and_still_ends_with_0(shared: pathlib.Path) -> None:
    file = shared / "samples" / "ehf" / "norwegian-probes" / "payable_off_by_0.01.xml"
    done = fakturabro("read", file, "--json")
    assert done.returncode == 0
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["code"], finding["severity"]) == ("BR-CO-16", "fatal")
    assert "LegalMonetaryTotal" in file.read_text().splitlines()[finding["line"] - 1]
    assert finding["message"]


def test_read_of_a_broken_ehf_names_the_line(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "faktura.dat"
    file.write_text('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">\n<x>\n</Invoice>')
    done = fakturabro("read", file, "--json")
    assert done.returncode == 0
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["code"], finding["line"]) == ("unreadable_document", 3)


UNKNOWN = dict.fromkeys([b"hei", b"<html/>", bytes(range(256)), b"%PDF-1.7"], "ikke i noe format")
EMPTY = dict.fromkeys([b"", b"\xef\xbb\xbf\r\n\x1a"], "Filen er tom")


@pytest.mark.parametrize(("content", "said"), (UNKNOWN | EMPTY).items())
def test_read_of_anything_else_ends_with_2(tmp_path: pathlib.Path, content: bytes, said: str) -> None:
    file = tmp_path / "ukjent.xml"
    file.write_bytes(content)
    done = fakturabro("read", file)
    assert done.returncode == 2
    assert said in done.stdout


def test_read_of_no_file_ends_with_2(tmp_path: pathlib.Path) -> None:
    assert fakturabro("read", tmp_path / "borte.xml").returncode == 2


def test_check_names_file_and_line_and_ends_with_1(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "klient.yaml"
    file.write_text("deployments:\n  - name: x\n    entrypoint: flows.none.such\n")
    done = fakturabro("check", file)
    assert done.returncode == 1
    assert f"{file}:3: Flyten 'flows.none.such' finnes ikke." in done.stdout


def test_help_names_every_command() -> None:
    said = fakturabro("--help").stdout
    for command in ("read", "migrate", "check", "apply", "up", "demo"):
        assert command in said


@pytest.fixture(params=["secrets/x", "print/x", "plain/sandboxes.json"])
def demo(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> serving.Installation:
    """An installation as a demo leaves it, in a folder whose own name is one that is not searched inside it."""
    made = serving.Installation(tmp_path / request.param, port=1)
    made.sandboxes = {"identity_numbers": ["12345678901"]}
    made.secret("poweroffice.application_key", "the-application-key")
    made.secret("nidelven.poweroffice_client_key", "the-client-key")
    for name in (
        "ledger.db",
        "prefect/prefect.db",
        "logs/prefect-worker.log",
        "journal/000001.jsonl",
        "print/letter.xml",
        "sandboxes.json",
    ):
        (made.folder / name).parent.mkdir(exist_ok=True)
        (made.folder / name).write_text("nothing to see\n")
    return made


def test_the_search_finds_nothing_where_nothing_is(demo: serving.Installation, tmp_path: pathlib.Path) -> None:
    (demo.folder / "print" / "letter.xml").write_text("12345678901")
    (demo.folder / "sandboxes.json").write_text("the-application-key")
    assert demo_secrets.find(demo, tmp_path) == []


def test_what_debtors_were_mailed_is_searched_for_too(demo: serving.Installation, tmp_path: pathlib.Path) -> None:
    (demo.folder / "ledger.db").write_text("before K7M2-XW9P after")
    said = demo_secrets.find(demo, tmp_path, {"koden til 5003": "K7M2-XW9P"})
    assert said == [f"koden til 5003 står i {demo.folder / 'ledger.db'}"]


@pytest.mark.parametrize(
    "where", ["logs/prefect-worker.log", "ledger.db", "prefect/prefect.db", "logs/print/odd", "journal/000001.jsonl", "rates.db"]
)
@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ("the-client-key", "nidelven.poweroffice_client_key"),
        ("dGhlLWFwcGxpY2F0aW9uLWtleTp0aGUtY2xpZW50LWtleQ==", "nidelven.poweroffice_client_key"),
        ("12345678901", "fødselsnummer 1"),
    ],
)
def test_a_planted_secret_is_found_and_not_shown(
    where: str, planted: str, name: str, demo: serving.Installation, tmp_path: pathlib.Path
) -> None:
    (demo.folder / where).parent.mkdir(exist_ok=True)
    (demo.folder / where).write_text(f"before {planted} after")
    (said,) = demo_secrets.find(demo, tmp_path)
    assert said == f"{name} står i {demo.folder / where}"


@pytest.mark.parametrize("missing", ["ledger.db", "prefect/prefect.db", "logs/prefect-worker.log"])
@pytest.mark.parametrize("emptied", [True, False])
def test_a_search_that_missed_its_places_says_so(
    missing: str, emptied: bool, demo: serving.Installation, tmp_path: pathlib.Path
) -> None:
    path = demo.folder / missing
    if emptied:
        path.write_bytes(b"")
    else:
        path.unlink()
    with pytest.raises(demo_secrets.SearchError, match="beviser derfor ingenting"):
        demo_secrets.find(demo, tmp_path)
