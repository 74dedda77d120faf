"""What Severa or Fortnox refused, and a person orders again by the number that people know."""

from __future__ import annotations

import base64
import pathlib
from collections import Counter
from collections.abc import Iterator

import pytest

from console import resending, unlinking
from fakturabro.domain import documents as values
from fakturabro.ledger import deliveries, opened
from fakturabro.ledger.synchronising import pairs, verdicts
from tasks import installation
from tests.unit.test_ledger_incoming import ON_SQLITE
from tests.unit.test_ledger_synchronising import NOW, RUN, TENANT, send, take


@pytest.fixture
def console(ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[opened.Ledger]:
    """The ledger, as commands find it."""
    key = tmp_path / "secrets/ledger.key"
    key.parent.mkdir()
    key.write_bytes(base64.b64encode(b"0" * 32))
    key.chmod(0o600)
    monkeypatch.setenv("FAKTURABRO_SECRETS", str(key.parent))
    monkeypatch.setenv("FAKTURABRO_LEDGER_URL", str(ledger.engine.url))
    installation.current.cache_clear()
    yield ledger
    installation.current.cache_clear()


@ON_SQLITE
@pytest.mark.parametrize(
    ("number", "kind", "resent"),
    [
        ("3001", "", ["sales_invoice"]),
        ("guid-", "", ["sales_invoice"]),
        ("3001", "customer", []),
        ("10", "", ["customer", "purchase_cost"]),
        ("10", "purchase_cost", ["purchase_cost"]),
        ("10", "cost", []),
    ],
)
def test_it_is_found_by_its_number_and_kind_and_an_invoice_by_fortnox_number(
    console: opened.Ledger, number: str, kind: str, resent: list[str]
) -> None:
    kinds: dict[int, str] = {}
    for of, no in (("sales_invoice", ""), ("customer", "10"), ("purchase_cost", "10"), ("customer", "11")):
        row = take(console, no, of, of, source="fortnox" if of == "purchase_cost" else "severa")
        send(console, row, f"{of}/{no}", "rejected")
        kinds[row.id] = of
    made = pairs.New(register="invoice", severa_key="guid-", fortnox_key="3001", linked_by="created")
    assert pairs.record(console, TENANT, RUN, NOW, [made]) == []
    assert resending.resend(TENANT, number, "rettet", "kari", kind) == (0 if resent else 1)
    doubted = deliveries.find_open(console, TENANT, values.TRANSFER, ["in_doubt"])
    assert Counter(kinds[row.id] for row in doubted) == Counter(resent)


@ON_SQLITE
def test_a_link_is_taken_apart_once_and_not_made_again_where_they_are_different(console: opened.Ledger) -> None:
    made = pairs.New(register="customer", severa_key="guid-10", fortnox_key="10", linked_by="number")
    pairs.record(console, TENANT, RUN, NOW, [made])
    for register, key, code in (("faktura", "10", 1), ("kunde", "11", 1), ("kunde", "10", 0), ("kunde", "10", 1)):
        assert unlinking.unlink(TENANT, register, key, "feil kunde", "kari", different=True) == code
    assert pairs.find_all(console, TENANT, "customer") == []
    assert verdicts.find(console, TENANT, "customer") == {("guid-10", "10"): False}
