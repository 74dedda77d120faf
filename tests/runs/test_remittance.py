"""Payments go to the bank once: as they came where all of them may go, anew without what waits, and never twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import pathlib
from collections.abc import Iterator

import asyncssh
import pytest

from fakturabro.domain import findings
from fakturabro.formats import iso20022
from fakturabro.ledger import deliveries
from fakturabro.ledger.payments import bank_files
from fakturabro.ledger.payments import files as payment_files
from tasks import connect
from tests.runs import banked
from tests.runs.payer import DUE, MONDAY, order, remittance
from tests.unit import openssh

DAY = dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[banked.Banked]:
    made = banked.Banked(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


def lying(site: banked.Banked) -> dict[str, bytes]:
    """What lies in the bank's folder."""
    return {path.name: path.read_bytes() for path in site.sandbox.drop.glob("[!.]*")}


def names(content: bytes) -> list[str]:
    """The payments of a file, valid by the schema's rules as we read them."""
    found = findings.Findings()
    read = [one.end_to_end_id for one in iso20022.pain001.read(content, found).payments]
    assert not found.counts["block"], found
    return read


async def test_a_clean_file_goes_as_it_came_and_once(site: banked.Banked) -> None:
    content = remittance("M1", [order(), order("F2", "99.50")])
    site.leave("lev.xml", content)
    assert (await site.pay(dry_run=True)).is_completed() and lying(site) == {} and (site.folder / "lev.xml").exists()
    said = await site.pay()
    assert said.is_completed() and "2 betalinger overlevert banken" in said.message
    assert lying(site) == {"P001.M1.xml": content}
    assert site.stages() == {"F1": "handed_over", "F2": "handed_over"}
    site.sandbox.take()
    site.leave("samme.xml", content)
    said = await site.pay()
    assert said.is_completed() and "fil kjent fra før" in said.message
    assert lying(site) == {} and site.faults() == []


async def test_what_is_held_goes_later_in_a_file_of_its_own(site: banked.Banked) -> None:
    site.leave("lev.xml", remittance("M1", [order()]))
    await site.pay()
    site.leave("to.xml", remittance("M2", [order("F2"), order("F3", "77.00", kid="", invoice_number="9")], DUE + DAY))
    await site.pay()
    assert site.states()["F2"] == "held"
    assert names(lying(site)["P001.M2.xml"]) == ["F3"]
    await site.decide("repeated_payments", "approved")
    assert (await site.pay()).is_completed()
    assert names(lying(site)["P001.M2-2.xml"]) == ["F2"]
    site.sandbox.take()
    assert [one.verdict for one in site.sandbox.files] == ["ACTC"] * 3


async def test_dates_on_days_off_are_moved_and_the_file_is_written_anew(site: banked.Banked) -> None:
    content = remittance("M1", [order()], dt.date(2026, 11, 28))
    site.leave("lev.xml", content)
    await site.pay()
    (sent,) = lying(site).values()
    assert b"2026-11-28" not in sent and b"2026-11-30" in sent and names(sent) == ["F1"]
    site.chosen = site.having(moves_to_banking_day=False)
    site.leave("to.xml", stays := remittance("M2", [order("F2", "5.00")], dt.date(2026, 11, 28)))
    await site.pay()
    assert lying(site)["P001.M2.xml"] == stays


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_run_that_died_around_the_hand_over(site: banked.Banked, arrived: bool) -> None:
    """The rows are `sending` and nobody knows: the folder is asked, and the very same bytes go where they did not."""
    site.leave("lev.xml", content := remittance("M1", [order(), order("F2", "99.50")]))
    site.sandbox.drop.rename(away := site.sandbox.drop.with_name("away"))
    said = await site.pay()
    assert said.is_failed() and site.states() == {"F1": "planned", "F2": "planned"}
    away.rename(site.sandbox.drop)
    ledger, run = connect.open_ledger(), "run-that-died"
    (file,) = bank_files.find_standing(ledger, "nidelven", "bank", "out", ["made"])
    rows = deliveries.find(ledger, "nidelven", payment_files.find_carried(ledger, "nidelven", file.id).delivery_ids)
    with ledger.writing() as connection:
        deliveries.reserve(connection, "nidelven", [row.id for row in rows], run)
    if arrived:
        site.box().deliver(file.name, content)
        site.sandbox.take()
    ledger.close()
    said = await site.pay()
    assert said.is_completed() and site.stages() == {"F1": "handed_over", "F2": "handed_over"}, said.message
    assert lying(site) == ({} if arrived else {"P001.M1.xml": content})
    site.sandbox.take()
    assert len(site.sandbox.files) == 1 and site.faults() == []


def died(site: banked.Banked, *, delivers: bool) -> None:
    """A run reserves the only file that was made and dies, before or after it was put into a folder that remembers nothing."""
    with contextlib.closing(connect.open_ledger()) as ledger:
        (file,) = bank_files.find_standing(ledger, "nidelven", "bank", "out", ["made"])
        rows = deliveries.find(ledger, "nidelven", payment_files.find_carried(ledger, "nidelven", file.id).delivery_ids)
        with ledger.writing() as connection:
            deliveries.reserve(connection, "nidelven", [row.id for row in rows], "run-that-died")
        if delivers:
            site.box(remembers=False).deliver(file.name, bank_files.read_content(ledger, "nidelven", file.id) or b"")


async def test_nothing_leaves_against_a_stop_to_another_place_or_over_another_file(site: banked.Banked) -> None:
    site.leave("lev.xml", content := remittance("M1", [order()]))
    (site.sandbox.drop / "P001.M1.xml").write_text("noe annet")
    site.stop("pay")
    said = await site.pay()
    assert said.is_completed() and "Alle sendinger" not in said.message and site.states() == {"F1": "planned"}
    site.release("pay")
    said = await site.pay()
    assert said.is_failed() and "brukt på en fil med et annet innhold" in said.message
    (site.sandbox.drop / "P001.M1.xml").unlink()
    elsewhere = site.sandbox.drop.with_name("elsewhere")
    elsewhere.mkdir()
    died(site, delivers=False)
    said = await site.pay(options=site.having(folders={"put_into": str(elsewhere)}))
    assert said.is_failed() and "Ingen vet om én betaling kom fram" in said.message and not list(elsewhere.glob("*"))
    said = await site.pay()
    assert said.is_completed() and lying(site) == {"P001.M1.xml": content}, said.message


async def test_what_certainly_did_not_leave_is_made_anew_for_another_folder_or_day(site: banked.Banked) -> None:
    site.leave("lev.xml", remittance("M1", [order()]))
    site.sandbox.drop.rename(elsewhere := site.sandbox.drop.with_name("elsewhere"))
    assert (await site.pay()).is_failed() and site.states() == {"F1": "planned"}
    site.at(MONDAY + dt.timedelta(days=3))
    said = await site.pay(options=site.having(folders={"put_into": str(elsewhere)}))
    (sent,) = (path.read_bytes() for path in elsewhere.glob("[!.]*"))
    assert said.is_completed() and b"2026-11-26" in sent and b"<MsgId>M1-2</MsgId>" in sent, said.message
    assert site.faults() == []


async def test_a_file_whose_account_may_not_pay_any_more_does_not_go(site: banked.Banked) -> None:
    """What never left is given up and refused like any payment from such an account; what the bank may know waits for a person."""
    may_not = site.having()
    closed = [one.model_copy(update={"pays": False}) for one in may_not.accounts]
    may_not = may_not.model_copy(update={"accounts": tuple(closed)})
    site.stop("pay")
    site.leave("lev.xml", remittance("M1", [order()]))
    await site.pay()
    assert site.states() == {"F1": "planned"}
    site.release("pay")
    said = await site.pay(options=may_not)
    assert site.states() == {"F1": "held"} and lying(site) == {}, said.message
    site.stop("pay")
    await site.pay()
    died(site, delivers=False)
    site.release("pay")
    said = await site.pay(options=may_not)
    assert "ikke skal betales fra lenger" in said.message and site.states() == {"F1": "planned"} and lying(site) == {}


async def test_where_the_folder_cannot_tell_the_banks_answer_does(site: banked.Banked) -> None:
    site.chosen = site.having(folders={"remembers": False})
    site.leave("lev.xml", remittance("M1", [order()]))
    site.stop("pay")
    await site.pay()
    site.release("pay")
    died(site, delivers=True)
    site.sandbox.take()
    said = await site.pay()
    assert said.is_failed() and "Ingen vet om én betaling kom fram til banken" in said.message
    assert site.states() == {"F1": "in_doubt"} and lying(site) == {}
    await site.hear()
    assert site.states() == {"F1": "accepted"} and site.stages() == {"F1": "waiting_for_approval"}
    assert (await site.pay()).is_completed() and lying(site) == {}


async def test_what_the_bank_answers_before_it_left_does_not_leave(site: banked.Banked) -> None:
    """Somebody put the file into the bank by hand, or gave another one its name; what is not paid a person concludes later."""
    site.leave("lev.xml", content := remittance("M1", [order(), order("F2", "2.00")]))
    site.stop("pay")
    await site.pay()
    site.release("pay")
    (site.sandbox.drop / "for-haand.xml").write_bytes(content)
    site.sandbox.take()
    site.sandbox.refuse("M1", "F1")
    await site.hear()
    said = await site.pay()
    assert said.is_failed() and "Den regnes som mottatt og sendes ikke" in said.message and lying(site) == {}
    assert (await site.pay()).is_completed() and lying(site) == {} and site.faults() == []
    assert site.stages() == {"F1": "rejected", "F2": "waiting_for_approval"} and set(site.states().values()) == {"accepted"}


async def test_a_persons_word_on_a_doubt_counts_for_that_doubt(site: banked.Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    site.chosen = site.having(folders={"remembers": False})
    site.leave("lev.xml", content := remittance("M1", [order()]))
    with banked.approver(monkeypatch) as answer:
        site.stop("pay")
        await site.pay()
        died(site, delivers=False)
        await site.pay()
        assert "M1" in await answer("absent")
        await site.pay()
        assert site.states() == {"F1": "planned"}, "the stop stands"
        site.release("pay")
        died(site, delivers=True)
        assert lying(site) == {"P001.M1.xml": content}
        site.sandbox.take()
        await site.pay()
        assert site.states() == {"F1": "in_doubt"} and lying(site) == {}, "what was absent then may be there now"
        await answer("arrived")
        await site.pay()
    assert site.states() == {"F1": "accepted"} and lying(site) == {}


async def test_over_a_real_sftp_server(site: banked.Banked, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sshd").mkdir()
    with openssh.running(tmp_path / "sshd") as server:
        key = tmp_path / "secrets" / "nidelven.bank_sftp.key"
        key.write_text(server.settings.private_key)
        key.chmod(0o600)
        known = server.settings
        sftp = {"host": known.host, "port": known.port, "username": known.username, "host_key": known.host_key}
        site.chosen = site.having(bank={"sftp": sftp})
        site.leave("lev.xml", content := remittance("M1", [order()]))
        said = await site.pay()
        assert said.is_completed() and lying(site) == {"P001.M1.xml": content}, said.message
        site.sandbox.take()
        said = await site.hear()
        assert said.is_completed() and site.stages() == {"F1": "waiting_for_approval"}, said.message
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        site.leave("to.xml", remittance("M2", [order("F2", "2.00")]))
        said = await site.pay(options=site.having(bank={"sftp": {**sftp, "host_key": other}}))
        assert said.is_failed() and "vertsnøkkel" in said.message and lying(site) == {}


async def test_an_unsigned_file_goes_when_a_person_has_confirmed_it(site: banked.Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: the mail with its link, the page with the file's sum, the code, and the next run."""
    site.drop("lev.xml", content := remittance("M1", [order()]))
    with banked.approver(monkeypatch) as answer:
        said = await site.pay()
        assert said.is_completed() and "1 spørsmål til godkjennere" in said.message and lying(site) == {}
        page = await answer("approved")
        digest = hashlib.sha256(content).hexdigest()
        assert " ".join(digest[at : at + 4] for at in range(0, 64, 4)) in page and "kr 1 250,00" in page
        said = await site.pay()
    assert said.is_completed() and lying(site) == {"P001.M1.xml": content}, said.message
