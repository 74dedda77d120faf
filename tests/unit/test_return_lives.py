"""What is shown of a movement, of the invoice that it names, and of a voucher that was undone; and a refused voucher sent again."""

from __future__ import annotations

import base64
import pathlib

import msgspec
import pytest

from console import resending, showing
from fakturabro.ledger import decisions, lives, opened
from fakturabro.ledger.payments import answers
from fakturabro.ledger.returns import statuses, undoing
from tasks import installation
from tests.unit.test_ledger_incoming import NOW, ON_SQLITE, RUN, TENANT, owed
from tests.unit.test_ledger_returns import answer, carry, day, post, settle, states_of, take, told


def kinds(ledger: opened.Ledger, document_id: int) -> list[str]:
    known = {"movement", "settlement", "voucher", "status", "decision"}
    return [step.kind for step in lives.read(ledger, TENANT, document_id).steps if step.kind in known]


def test_a_movement_shows_its_settlement_its_voucher_and_how_it_was_undone(ledger: opened.Ledger) -> None:
    (invoice,) = owed(ledger, ("2001", "20018", "10001", 100_00))
    ids = take(ledger, msgspec.structs.replace(told("1"), invoice_id=invoice))
    made = settle(ledger, ids)
    assert kinds(ledger, ids[0]) == ["movement", "settlement"]
    voucher = post(ledger, made, ids, "r1", 1001)
    statuses.record_told(ledger, TENANT, {invoice: "COMPLETED"}, RUN, NOW)
    assert kinds(ledger, invoice) == ["movement", "status"]
    for subject in ("r1/2026-11-23", "r11/2026-11-23"):
        decisions.ask(ledger, TENANT, answers.UNDO_VOUCHER, subject, {"voucher_no": "1001"}, RUN, NOW)
    undo = undoing.record_undo(ledger, TENANT, voucher.id, RUN, NOW)
    assert kinds(ledger, ids[0]) == ["movement", "settlement", "voucher", "movement", "movement", "decision"]
    said = showing.to_text(lives.read(ledger, TENANT, ids[0]))
    assert "Bilag i PowerOffice" in said and "voucher_no: 1001" in said
    assert kinds(ledger, undo.again[0])[:2] == ["movement", "settlement"]


@ON_SQLITE
def test_a_refused_voucher_is_resent_whole_by_the_number_of_one_of_its_movements(
    ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "secrets/ledger.key"
    key.parent.mkdir()
    key.write_bytes(base64.b64encode(b"0" * 32))
    key.chmod(0o600)
    monkeypatch.setenv("FAKTURABRO_SECRETS", str(key.parent))
    monkeypatch.setenv("FAKTURABRO_LEDGER_URL", str(ledger.engine.url))
    installation.current.cache_clear()
    first, other = take(ledger, told("1"), told("2")), take(ledger, told("3", of=21))
    for ids, name, of in ((first, "r1", 20), (other, "r2", 21)):
        made = settle(ledger, ids, of=of, amount=100_00 * len(ids))
        answer(ledger, carry(ledger, made, ids, name, day=day(of)).id, "sending", "rejected")
    assert resending.resend(TENANT, "2", "bilaget er rettet", "kari") == 0
    assert states_of(ledger, [*first, *other]) == ["in_doubt", "in_doubt", "rejected"]
    installation.current.cache_clear()
