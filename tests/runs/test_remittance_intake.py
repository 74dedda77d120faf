"""Files of payments come in, payment by payment; what is wrong is said, and one bad payment stops no other."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Iterator

import pytest

from fakturabro.remote import errors
from fakturabro.systems.bank import inbox
from tests.runs import payer as scene
from tests.runs.payer import order, remittance


@pytest.fixture
def payer(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[scene.Payer]:
    made = scene.Payer(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


async def test_a_file_is_asked_about_and_goes_when_it_is_approved(payer: scene.Payer) -> None:
    payer.drop(
        "lev.xml", remittance("M1", [order(), order("F2", "99.50", scene.TIND, creditor="Tind AS", kid="", text=("Faktura 7",))])
    )
    batch = await payer.run()
    assert (batch.counts["files_taken"], batch.counts["payments"], batch.failures) == (1, 2, ())
    (asked,) = payer.questions
    assert (asked.kind, asked.subject, payer.plannable) == ("remittance_file", "1", [])
    assert asked.shown["count"] == "2" and asked.shown["sum"] == "kr 1 349,50" and asked.shown["from_accounts"] == "8601…47"
    assert asked.shown["largest"].splitlines()[0] == "Fjord AS, kr 1 250,00, forfall 25.11.2026"
    payer.answer("approved")
    await payer.run()
    assert (payer.files(), payer.plannable, payer.questions) == ([("lev.xml", "confirmed")], [1], [])
    assert payer.states() == {"F1": "accepted", "F2": "accepted"}
    assert [one.name.split(".", 1)[1] for one in (payer.folder / "lest").iterdir()] == ["lev.xml"]


async def test_a_refused_file_is_never_paid(payer: scene.Payer) -> None:
    payer.drop("lev.xml", content := remittance("M1", [order(), order("F2", "99.50")]))
    await payer.run()
    payer.answer("refused")
    batch = await payer.run()
    assert payer.files() == [("lev.xml", "refused")] and batch.counts["payments_refused"] == 2
    assert set(payer.states().values()) == {"cancelled"} and payer.plannable == []
    payer.drop("igjen.xml", content)
    assert "må det lages en ny fil" in (await payer.run()).failures[0], "whoever sends it again learns that nothing is paid"


async def test_one_bad_payment_stops_no_other(payer: scene.Payer) -> None:
    good = remittance("M1", [order(), order("F2", "10.00", kid="1234567903"), order("F3", "11.00", scene.TIND, creditor="Tind AS")])
    payer.drop("lev.xml", good.replace(b"1234567903", b"1234567900").replace(scene.TIND.encode(), b"61050659275"))
    assert (await payer.run()).counts["broken"] == 2
    codes = {name: [(one[0], one[3]) for one in found] for name, found in payer.findings().items()}
    assert codes == {"F2": [("wrong_payment_kid", ("pay",))], "F3": [("wrong_creditor_account", ("pay",))]}
    assert payer.states() == {"F1": "waiting", "F2": "cancelled", "F3": "cancelled"}
    assert payer.findings()["F3"][0][2] == "6105…75", "no plain account in the ledger"
    (asked,) = payer.questions
    assert (asked.kind, asked.shown["count"]) == ("remittance_file", "3, derav 2 på kr 21,00 som ikke sendes")
    payer.answer("approved")
    await payer.run()
    assert payer.states() == {"F1": "accepted", "F2": "cancelled", "F3": "cancelled"}


async def test_a_correction_is_no_double_of_what_it_corrects(payer: scene.Payer) -> None:
    """The name is not part of what makes payments the same; both files may lie there in the morning."""
    payer.drop("a.xml", remittance("M1", [order()]).replace(b"<Nm>Fjord AS</Nm>", b"<Nm> </Nm>"))
    payer.drop("b.xml", remittance("M2", [order("F2")]), signed=True)
    batch = await payer.run()
    assert (batch.counts["broken"], batch.counts["doubles"]) == (1, 0)
    assert payer.states() == {"F1": "cancelled", "F2": "accepted"}


BROKEN = {
    "sum.xml": (b"<CtrlSum>1250.00", b"<CtrlSum>1250.01", "Summen stemmer ikke: 1250.01 <> 1250.00"),
    "cut.xml": (b"</CdtTrfTxInf>", None, "Filen slutter midt i"),
    "other.xml": (b"pain.001.001.09", b"pain.001.001.99", "Filen er av et slag vi ikke kjenner"),
    "amount.xml": (b">1250.00</InstdAmt>", b">12,50</InstdAmt>", "er ikke et gyldig beløp"),
    "huge.xml": (b">1250.00<", b">999999999999999999<", "er ikke et gyldig beløp"),
}


async def test_files_that_cannot_be_used_are_set_aside_and_the_others_go_on(payer: scene.Payer) -> None:
    for number, (name, (what, instead, _)) in enumerate(BROKEN.items()):
        content = remittance(f"B{number}", [order(f"B{number}", kid="", invoice_number=str(number))])
        assert what in content
        payer.drop(name, content.replace(what, instead) if instead else content[: content.index(what)])
    payer.drop("empty.xml", b"")
    payer.drop("liste.csv", b"Mottaker;Kontonummer;Bel\xc3\xb8p\nFjord AS;15942287248;10,00\nTind AS;61050659275;12,00\n")
    payer.drop("z.xml", remittance("M1", [order()]))
    batch = await payer.run()
    assert batch.counts["files_set_aside"] == len(BROKEN) + 2 and batch.counts["payments"] == 1
    said = dict(zip(sorted([*BROKEN, "empty.xml", "liste.csv"]), batch.failures, strict=True))
    for name, (*_, sentence) in BROKEN.items():
        assert sentence in said[name] and name in said[name] and "ingenting i den betales" in said[name]
    assert "Rad 3, kolonne B Kontonummer: Kontoen 6105…75 er feil" in said["liste.csv"]
    assert "Linje" in said["amount.xml"], "the line is named"
    assert payer.states() == {"F1": "waiting"}
    reasons = sorted(one.name for one in (payer.folder / "til_side").glob("*.hvorfor.txt"))
    assert len(reasons) == len(BROKEN) + 2
    payer.drop("again.xml", remittance("B0", [order("B0", kid="", invoice_number="0")]).replace(*BROKEN["sum.xml"][:2]))
    assert "Summen stemmer ikke" in (await payer.run()).failures[0], "known by its content, and set aside again"


async def test_the_same_file_again_is_known_by_its_content(payer: scene.Payer) -> None:
    content = remittance("M1", [order()])
    payer.drop("lev.xml", content, signed=True)
    await payer.run()
    payer.drop("kopi.xml", content)
    batch = await payer.run()
    assert (batch.counts["files_known"], batch.counts.get("payments"), batch.failures) == (1, None, ())
    assert payer.files() == [("lev.xml", "confirmed")] and len(payer.states()) == 1


async def test_the_same_payments_in_another_file_are_refused_for_ever(payer: scene.Payer) -> None:
    """Also in the same minute, and under other names: the oracle's bank would have paid both (facts, 6.1)."""
    payer.drop("a.xml", remittance("M1", [order("F1"), order("F2", "20.00", kid="", invoice_number="77")]))
    payer.drop("b.xml", remittance("M2", [order("X1"), order("X2", "20.00", kid="", invoice_number="77")]))
    batch = await payer.run()
    assert batch.counts["doubles"] == 2
    assert payer.states() == {"F1": "waiting", "F2": "waiting", "X1": "cancelled", "X2": "cancelled"}
    assert payer.findings() == {
        "X1": [("same_payment_before", "block", "2026-11-23 F1", ("pay",))],
        "X2": [("same_payment_before", "block", "2026-11-23 F2", ("pay",))],
    }
    assert payer.files() == [("a.xml", "read"), ("b.xml", "refused")], "nothing of the second is left to decide"
    assert [one.subject for one in payer.questions] == ["1"]


@pytest.mark.parametrize("is_right", [True, False])
async def test_a_signature_confirms_the_file_or_sets_it_aside(payer: scene.Payer, is_right: bool) -> None:
    content = remittance("M1", [order()])
    signature = scene.KEY.sign(content if is_right else content + b" ")
    (payer.folder / "lev.xml.sig").write_bytes(base64.b64encode(signature) + b"\n")
    payer.drop("lev.xml", content)
    batch = await payer.run()
    assert payer.questions == [] and payer.plannable == ([1] if is_right else [])
    assert payer.files() == ([("lev.xml", "confirmed")] if is_right else [])
    assert bool(batch.failures) != is_right
    if not is_right:
        assert "Signaturen" in batch.failures[0]
        (payer.folder / "lev.xml.sig").write_bytes(scene.KEY.sign(content))
        payer.drop("lev.xml", content)
        await payer.run()
        assert payer.files() == [("lev.xml", "confirmed")], "a slip of the signature bars no file for ever"


async def test_a_run_that_died_anywhere_is_completed(payer: scene.Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    content = remittance("M1", [order(), order("F2", "20.00")])
    payer.drop("lev.xml", content)

    def die(*_: object) -> None:
        raise errors.Unavailable("mappen er borte")

    with monkeypatch.context() as patched:
        patched.setattr(inbox.Inbox, "conclude", die)
        batch = await payer.run()
    assert "mappen er borte" in batch.failures[0] and len(payer.states()) == 2
    batch = await payer.run()
    assert (batch.counts["files_known"], len(payer.states()), batch.failures) == (1, 2, ())
    assert not list((payer.folder / ".fakturabro").iterdir())


async def test_nothing_goes_of_a_file_whose_payments_are_not_all_there(payer: scene.Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    content = remittance("M1", [order(), order("F2", "20.00")])
    payer.drop("lev.xml", content)
    with monkeypatch.context() as patched:
        patched.setattr(scene.remittance_intake.payment_recording, "record", lambda *_: iter(()))
        batch = await payer.run()
    assert (payer.states(), payer.questions, payer.files()) == ({}, [], [("lev.xml", "read")])
    assert "Av lev.xml er 0 av 2 betalinger tatt inn" in batch.failures[0]
    payer.drop("lev.xml", content)
    await payer.run()
    assert len(payer.states()) == 2 and [one.kind for one in payer.questions] == ["remittance_file"]


LIST = "Mottaker;Kontonummer;Beløp;Forfall;Type\nKari Lind;61050659274;30000,00;25.11.2026;lønn\nFjord AS;15942287248;10,00;;\n"


async def test_a_payment_list_is_paid_from_the_account_of_the_options(payer: scene.Payer) -> None:
    payer.drop("lonn.csv", LIST.encode())
    several = (scene.OWN, scene.OTHER_OWN)
    batch = await payer.run(payer.options(accounts=several))
    assert "Konto for lister" in batch.failures[0] and payer.files() == []
    payer.drop("lonn.csv", LIST.encode())
    await payer.run(payer.options({"lists_from": scene.OTHER_OWN}, accounts=several))
    assert payer.files() == [("lonn.csv", "read")] and set(payer.states().values()) == {"waiting"}
    assert payer.questions[0].shown["from_accounts"] == "1234…03"


@pytest.mark.contract
async def test_the_samples_are_taken_in_whole(payer: scene.Payer) -> None:
    samples = pathlib.Path(__file__).parents[3] / "shared" / "samples" / "bank" / "own"
    names = ["pain.001.001.03_bban.xml", "pain.001.001.03_iban.xml", "pain.001.001.09_bban.xml", "pain.001.001.09_iban.xml"]
    for name in names:
        payer.drop(name, (samples / name).read_bytes())
    batch = await payer.run()
    assert (batch.counts["files_taken"], batch.counts["payments"], batch.failures) == (
        4,
        sum((samples / one).read_bytes().count(b"<CdtTrfTxInf>") for one in names),
        (),
    )
