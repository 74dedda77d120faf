"""The judge sees what is wrong in each copy: amounts, receivers, bytes; and what `fakturabro certificate verify` would find."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest import mock

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from fakturabro.ledger import tables
from sandboxes import control
from tests.crash import copies, laboratory, outside, scene, verdicts

EHF, EMAIL, LETTER = 5002, 5003, 5019
Stage = Callable[..., scene.Scene]


def spoilt(on: scene.Scene, spoil: Callable[[Any], Any]) -> verdicts.Verdict:
    """What the judge says when all was well, and then something was spoilt."""

    async def script() -> None:
        await on.settle_down()
        on.world.collect_letters()
        spoil(on.world)

    return on.play(script)


def _raise_totals(world: Any) -> None:
    for one in world.client.invoices.values():
        one.total += 100


def _raise_one_lower_another(world: Any) -> None:
    for booked, by in zip(world.factoring.state.entries.values(), (1, -1), strict=False):
        booked.entry.amount = str(Decimal(booked.entry.amount) + by)


def _rewrite_ehf(pattern: bytes, new: bytes) -> Callable[[Any], None]:
    def rewrite(world: Any) -> None:
        for message in world.access_point.state.messages.values():
            message.body, count = re.subn(pattern, new, message.body)
            assert count

    return rewrite


def _send_ehf_elsewhere(world: Any) -> None:
    for message in world.access_point.state.messages.values():
        message.receiver = "0192:999999999"


def _change_mail(**fields: Any) -> Callable[[Any], None]:
    def change(world: Any) -> None:
        world.mail.messages = [msgspec.structs.replace(one, **fields) for one in world.mail.messages]

    return change


def _rewrite_mail(old: bytes, new: bytes) -> Callable[[Any], None]:
    def rewrite(world: Any) -> None:
        assert all(old in one.content for one in world.mail.messages)
        world.mail.messages = [msgspec.structs.replace(one, content=one.content.replace(old, new)) for one in world.mail.messages]

    return rewrite


def _change_attachment(world: Any) -> None:
    """Another PDF, one byte longer."""
    for at, one in enumerate(world.mail.messages):
        parsed = one.parsed()
        (file,) = parsed.iter_attachments()
        file.set_content(file.get_content() + b"\n", maintype="application", subtype="pdf", filename="x.pdf")
        world.mail.messages[at] = msgspec.structs.replace(one, content=parsed.as_bytes())


def _change_letter(**fields: Any) -> Callable[[Any], None]:
    def change(world: Any) -> None:
        world.letters = [msgspec.structs.replace(one, **fields) for one in world.letters]

    return change


def _give_back_garbage(world: Any) -> None:
    for one in world.client.invoices.values():
        one.pdf = b"%PDF-1.7 of somebody else"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_raise_totals, "the source says"),
        pytest.param(_raise_one_lower_another, "of NOK there", marks=pytest.mark.long),
        (_rewrite_ehf(rb'(PayableAmount currencyID="NOK">)[^<]*', rb"\g<1>1.00"), "its EHF says ('NOK', 100)"),
        pytest.param(_rewrite_ehf(rb"<cbc:PaymentID>[^<]*", b"<cbc:PaymentID>1"), "its EHF says KID", marks=pytest.mark.long),
        pytest.param(_rewrite_ehf(rb"<cbc:Note>", b"<cbc:Note>Ny "), "the ehf is not what was made for it", marks=pytest.mark.long),
        pytest.param(_rewrite_ehf(rb"<cbc:ID>5002<", b"<cbc:ID>5003<"), "its EHF is of number", marks=pytest.mark.long),
        pytest.param(_send_ehf_elsewhere, "ehf to ('0192:999999999',)", marks=pytest.mark.long),
        (_change_mail(recipients=("feil@x.example",)), "email to ('feil@x.example',)"),
        pytest.param(
            _rewrite_mail(b"application/pdf", b"application/pdx"), "the email is not what was made for it", marks=pytest.mark.long
        ),
        pytest.param(_rewrite_mail(b"KID:", b"KIT:"), "its e-mail does not say KID", marks=pytest.mark.long),
        (_change_attachment, "the email is not what was made for it"),
        (_change_letter(to=("Gata 1", "0001", "OSLO", "NO")), "letter to"),
        pytest.param(_change_letter(sha256="00" * 32), "the letter is not what was made for it", marks=pytest.mark.long),
        (_give_back_garbage, "the PDF given back is not what was made for it"),
    ],
)
def test_the_judge_sees_what_is_wrong_in_a_copy(stage: Stage, spoil: Callable[[Any], Any], said: str) -> None:
    verdict = spoilt(stage(EHF, EMAIL, LETTER), spoil)
    assert any(said in text for text in verdict.wrong), verdict
    assert not (verdict.lost or verdict.duplicated or verdict.unsettled), verdict


_LONG = [pytest.param(one, marks=pytest.mark.long) for one in (_raise_totals, _send_ehf_elsewhere, _give_back_garbage)]


@pytest.mark.parametrize("spoil", [lambda _: None, _change_attachment, *_LONG])
def test_the_judge_reads_a_real_installation_as_it_reads_the_laboratory(
    stage: Stage, lab: laboratory.Laboratory, spoil: Callable[[Any], Any]
) -> None:
    """The same counterparts, seen through their control interfaces."""
    on = stage(EHF, EMAIL)
    here = spoilt(on, spoil)
    with mock.patch.object(httpx, "get", lambda url: _answer(on.world, url)):
        there = verdicts.judge(outside.Outside(_installation(on)), lab.ledgers.engine, lab.folder / "journal", [])
    assert there.wrong == [text for text in here.wrong if not text.startswith("number ")]
    assert (there.lost, there.duplicated, there.unsettled) == ([], [], [])


def _installation(on: scene.Scene) -> Any:
    names = {"factoring": "url", "access_point": "url", "mail": "control_url"}
    known = {name: {kind: f"http://{name}"} for name, kind in names.items()}
    known |= {"poweroffice": {"v1_control_url": "http://poweroffice"}, "print": {"folder": str(on.world.folder)}}
    return types.SimpleNamespace(sandboxes={**known, "clients": [{"client_key": on.world.client.key}]})


def _answer(world: Any, url: str) -> httpx.Response:
    said = {
        "http://factoring/sandbox/state": lambda: {"entries": list(world.factoring.state.entries.values())},
        "http://access_point/sandbox/state": world.access_point.state.as_answer,
        "http://mail/messages": lambda: [one.as_answer() for one in world.mail.messages],
        "http://poweroffice/expected": lambda: world.expected,
        "http://poweroffice/state": world.poweroffice.state.as_answer,
    }[url]()
    return httpx.Response(200, content=bytes(control.json_response(said).body), request=httpx.Request("GET", url))


def _copy_of_lost(channel: str, digest: bytes) -> copies.Copy:
    return copies.Copy(key="lost", channel=channel, to=(), digest=digest)


@pytest.mark.parametrize(
    ("of_lost", "is_good"),
    [
        ([], False),
        ([_copy_of_lost("email", b"other")], False),
        ([_copy_of_lost("email", b"PDF")], True),
        ([_copy_of_lost("ehf", b"other")], True),
    ],
)
def test_the_pdf_given_back_may_be_of_a_version_that_a_restored_ledger_lost(of_lost: list[copies.Copy], is_good: bool) -> None:
    row: Any = types.SimpleNamespace(name="invoice 1", kid="7", find_made=lambda _: {b"another"})
    wrong = list(copies.judge_given_back(row, "7", b"PDF".hex(), True, of_lost))
    assert wrong == ([] if is_good else ["invoice 1: the PDF given back is not what was made for it"])


def test_the_judge_sees_a_changed_ledger(stage: Stage, lab: laboratory.Laboratory) -> None:
    """What `fakturabro certificate verify` would find."""

    def forge(_: Any) -> None:
        with lab.ledgers.engine.begin() as connection:
            connection.execute(sa.update(tables.transfer_log).values(detail="noe annet"))

    assert any("certificates: counted at delivery" in text for text in spoilt(stage(EHF), forge).wrong)
