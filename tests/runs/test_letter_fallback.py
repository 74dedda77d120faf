"""Letters after links: who opens gets none, who does not gets one, once; what comes in between; and when nobody can open."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandboxes import mail
from tasks import clock, installation
from tasks.debtors import fallback, parcels
from tests.runs import conftest, restoring
from tests.runs.town import FRIDAY, LINK, Portal, Town


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    made = Portal()
    made.servers.start()
    yield made
    made.servers.stop()


@pytest.fixture
def town(site: Any, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Town:
    portal.status = 200
    monkeypatch.setenv("FAKTURABRO_GATEWAY_URL", portal.servers.url("portal"))
    return Town(site, lambda when: monkeypatch.setattr(clock, "now", lambda: when.astimezone(dt.UTC)))


def stands_nowhere(town: Town, token: str, code: str) -> None:
    """Neither link nor code is in ledger or journal, nor shown to anybody."""
    shown = town.show(5003)
    assert "Message-ID" in shown
    files = [*town.site.folder.glob("ledger.db*"), *(town.site.folder / "journal").iterdir()]
    for text in (shown, *(path.read_bytes().decode("latin-1") for path in files)):
        assert not any(secret in text for secret in (token, code, code.replace("-", "")))


async def test_who_opens_gets_no_letter_and_who_does_not_gets_one(town: Town) -> None:
    """Four days later: one has opened, one objects, one mail came back, one did nothing."""
    assert (await town.send(5003, 5007, 5008, 5011)).message == "4 hentet, 4 sendt (e-post med lenke 4), 4 bokført"
    assert town.open(5003) == "right"
    town.object(5007)
    assert town.bounce(5008) == "letter"
    early = await town.letters_at(3)
    assert early.is_completed(), early.message
    assert (town.printed(), town.state(5008), town.channel(5008)) == (1, "accepted", "letter")
    assert [town.state(n) for n in (5003, 5007, 5011)] == ["cancelled", "held", "waiting"]
    ended = await town.letters_at(4)
    assert ended.is_completed(), ended.message
    assert "1 brev sendt" in ended.message
    assert [town.state(n) for n in (5003, 5007, 5008, 5011)] == ["cancelled", "held", "accepted", "accepted"]
    assert [town.channel(n) for n in (5003, 5007, 5008, 5011)] == ["email", "email", "letter", "letter"]
    assert town.close_objection()
    assert "1 brev sendt" in (await town.letters_at(5)).message
    assert (await town.letters_at(6)).message == "Ingenting å gjøre"
    assert town.printed() == 3
    assert town.faults() == []
    stands_nowhere(town, *town.secrets(5003))


@pytest.mark.parametrize(("counted", "last", "first"), [("kalenderdager", 3, 4), ("virkedager", 5, 6)])
async def test_the_days_count_from_the_hour_at_which_the_mail_left(town: Town, counted: str, last: int, first: int) -> None:
    """Sent on a Friday at 08:00: four days later on Tuesday, four working days later on Thursday, and no hour before."""
    await town.send(5003)
    chosen = town.having(letter_days=counted)
    for days, hour in ((last, 8.25), (first, 7.75)):
        assert (await town.letters_at(days, hour, options=chosen)).message == "Ingenting å gjøre"
    assert (await town.letters_at(first, 7.9, options=chosen, dry_run=True)).message.endswith("Ingenting å gjøre.")
    said = (await town.letters_at(first, options=chosen, dry_run=True)).message
    assert said.endswith("1 brev ville blitt sendt.")
    assert (town.state(5003), town.printed()) == ("waiting", 0)
    assert (await town.letters_at(first, options=chosen)).message == "1 brev sendt"
    assert (await town.letters_at(first, options=chosen)).name == "AlreadyRun"
    assert town.printed() == 1


async def test_who_opens_while_the_letter_is_planned_gets_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the choice and the hand-over somebody opens: that letter is cancelled, the other one of the block goes."""
    await town.send(5003, 5007)
    real = parcels.prepare_letters

    def open_and_prepare(*args: Any) -> Any:
        prepared = real(*args)
        if town.state(5003) == "planned":
            assert town.open(5003) == "right"
        return prepared

    monkeypatch.setattr(parcels, "prepare_letters", open_and_prepare)
    assert (await town.letters_at(4)).message == "1 brev sendt, 1 åpnet"
    assert (town.state(5003), town.state(5007), town.printed()) == ("cancelled", "accepted", 1)
    (letter,) = (town.site.folder / "print").glob("*.pdf")
    assert letter.read_bytes() == town.pdf(5007), "the letter is not what the link gives out"
    assert town.faults() == []


async def test_when_nobody_opens_anything_no_letter_goes_before_a_person_says_so(
    town: Town, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback, "_FEW", 2)
    await town.send(5003, 5007)
    portal.status = 503
    dark = await town.letters_at(4)
    assert dark.is_failed()
    assert "svarer ikke. Ingen brev er sendt" in dark.message
    portal.status = 200
    braked = await town.letters_at(4)
    assert braked.is_failed()
    assert braked.message.startswith("Brems: 2 lenker er ikke åpnet, og ingen har åpnet noen siden 20.11.2026 08:00.")
    assert (town.printed(), town.state(5003)) == (0, "waiting")
    assert (await town.letters_at(4, release_brake=True)).message == "2 brev sendt"


async def test_one_opening_shows_that_the_page_works(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "_FEW", 2)
    await town.send(5003, 5007, 5008)
    town.open(5008)
    assert (await town.letters_at(4)).message == "2 brev sendt, 1 åpnet"


async def test_days_on_which_nobody_at_all_opened_anything_do_not_count(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page answers on Monday at 08:15; nobody knows whether it did since Friday."""
    monkeypatch.setattr(fallback, "_SOME", 2)
    town.site.options = town.having(letter_after_days=3)
    await town.send(5003, 5007, 5008)
    braked = await town.letters_at(3)
    assert braked.is_failed()
    assert braked.message.startswith("Brems: 3 lenker er ikke åpnet, og ingen har åpnet noen siden 20.11.2026 08:15")
    town.at(FRIDAY + dt.timedelta(days=2))
    assert town.open(5008) == "right"
    assert (await town.letters_at(3)).message == "2 brev sendt, 1 åpnet"


async def test_what_is_credited_in_full_after_it_was_sent_gets_no_letter(town: Town) -> None:
    """The credit note goes its own way; the invoice that it takes back is not posted any more."""
    await town.send(5003)
    town.credit(5003)
    town.at(FRIDAY + dt.timedelta(days=3))
    assert (await town.site.intake()).is_completed()
    assert (await town.letters_at(4)).is_completed()
    assert (town.state(5003), town.printed()) == ("cancelled", 0)
    assert town.faults() == []


async def test_a_changed_invoice_goes_by_a_new_link_and_its_days_begin_anew(town: Town) -> None:
    town.site.options = town.having(send_changed=True)
    await town.send(5003)
    first = town.secrets(5003)
    invoice = town.site.invoice(5003)
    invoice.ehf = invoice.document().replace(b"<cbc:BuyerReference>", b"<cbc:BuyerReference>Ny ", 1)
    invoice.customer_email = "ny@kunde.example"
    town.at(FRIDAY + dt.timedelta(days=3))
    again = await town.site.intake()
    assert "tatt med på nytt" in again.message
    assert town.secrets(5003) != first
    assert (town.enter(*first), town.wish(first[0])) == ("dead", False), "it shows what is not valid any more"
    assert (await town.letters_at(4)).message == "Ingenting å gjøre"
    assert "1 brev sendt" in (await town.letters_at(7)).message
    assert town.faults() == []


async def test_a_link_in_doubt_goes_again_by_itself_the_very_same(town: Town) -> None:
    town.site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=1))
    assert "1 uavklart" in (await town.send(5003)).message
    town.at(FRIDAY + dt.timedelta(hours=2.5))
    assert (await town.site.intake()).message == "0 hentet, 1 sendt (e-post med lenke 1)"
    one, other = town.mails(5003)
    assert one.parsed()["Message-ID"] == other.parsed()["Message-ID"]
    tokens = {LINK.findall(mailed.parsed().get_body(("plain",)).get_content())[0] for mailed in (one, other)}
    assert tokens == {town.secrets(5003)[0]}
    assert (town.state(5003), town.open(5003)) == ("waiting", "right")


async def test_a_link_in_doubt_that_was_opened_or_came_back_has_arrived(town: Town) -> None:
    """It goes no second time, and what was opened or objected to gets no letter."""
    town.site.boxes.mail.state.faults.append(mail.Fault(kind="cut_after_storing", times=3))
    assert "3 uavklart" in (await town.send(5003, 5007, 5008)).message
    assert town.open(5003) == "right"
    town.object(5007)
    assert [town.bounce(n) for n in (5003, 5007)] == ["letter"] * 2
    assert town.open(5008) == "right"
    town.at(FRIDAY + dt.timedelta(hours=2.5))
    assert (await town.site.intake()).is_completed()
    assert (await town.letters_at(4)).is_completed()
    assert [len(town.mails(n)) for n in (5003, 5007, 5008)] == [1, 1, 1]
    assert ([town.state(n) for n in (5003, 5007, 5008)], town.printed()) == (["cancelled", "held", "cancelled"], 0)
    assert town.faults() == []


async def test_no_letter_goes_without_an_address(town: Town) -> None:
    """After a link, and in place of an e-mail that was refused, where a rule of the tenant lets such documents go by e-mail."""
    invoice = town.site.invoice(5003)
    country = (
        rb"<cac:PostalAddress><cac:Country><cbc:IdentificationCode>NO</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
    )
    pattern = rb"(<cac:AccountingCustomerParty>.*?)<cac:PostalAddress>.*?</cac:PostalAddress>"
    bare = re.sub(pattern, rb"\1" + country, invoice.document(), flags=re.DOTALL)
    invoice.ehf = re.sub(rb"<cac:Delivery>.*?</cac:Delivery>", b"", bare, flags=re.DOTALL)
    town.site.card(10003)["MailAddress"] = None
    overrides = [{"code": "missing_postal_address", "severity": "block", "holds": ["channel:letter"], "reason": "Alltid e-post"}]
    rules = conftest.make_options(rules={"overrides": overrides}).rules
    town.site.options = town.site.options.model_copy(update={"rules": rules})
    await town.send(5003)
    assert (await town.letters_at(4)).message.startswith("1 avvist")
    assert (town.state(5003), town.printed()) == ("rejected", 0)


async def test_a_wave_of_returned_mail_is_no_wave_of_letters(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "_FEW", 2)
    await town.send(5003, 5007)
    assert [town.bounce(n) for n in (5003, 5007)] == ["letter"] * 2
    assert (await town.letters_at(0, 9)).message.startswith("Brems: 2 av 2 e-poster er kommet i retur.")
    assert town.printed() == 0
    assert (await town.letters_at(0, 9, release_brake=True)).message == "2 brev sendt"


async def test_a_refused_address_means_a_letter_at_once_and_a_refusing_relay_means_none(town: Town) -> None:
    numbers = (5003, 5007, 5008, 5011, 5015, 5020, 5021, 5026, 5027)
    replies = town.site.boxes.mail.state.replies
    for number in numbers:
        town.site.invoice(number).customer_email = f"k{number}@kunde.example"
        replies[f"k{number}@kunde.example"] = "550 5.7.1 Blocked"
    refused = await town.send(*numbers)
    assert refused.is_failed()
    assert (town.printed(), town.site.boxes.mail.state.messages) == (0, [])
    replies.clear()
    replies["k5003@kunde.example"] = "550 5.1.1 User unknown"
    town.at(FRIDAY + dt.timedelta(hours=2.5))
    mended = await town.site.intake()
    assert "(e-post med lenke 8, brev 1)" in mended.message
    assert "email_refused" in town.site.codes(5003)


async def test_what_stands_on_cards_and_in_names_stops_no_client_and_is_no_wave_of_letters(town: Town) -> None:
    """A name with a line break, one that no header can hold, a domain that nobody finds, a second address that is none."""
    name, numbers = b"<cbc:RegistrationName>Nidelven Renhold", (5003, 5007, 5008, 5011)
    for number, said in zip(numbers, (b"Nidelven\n      Renhold", b"Nidelven&#x7F;", b"Nidelven", b"Nidelven"), strict=True):
        invoice = town.site.invoice(number)
        invoice.customer_email = f"k{number}@kunde.example"
        invoice.ehf = invoice.document().replace(name, b"<cbc:RegistrationName>" + said)
    town.site.invoice(5011).customer_email += "; ola @kunde.example; borte@kunde.example"
    town.site.boxes.mail.state.replies |= {
        "k5008@kunde.example": "450 4.1.2 Domain not found",
        "borte@kunde.example": "501 5.1.3 Bad recipient address syntax",
    }
    chosen = town.having(email_alternative="alternativ 2", language="en")
    english = {"assignment_notice_en": "This claim has been assigned."}
    town.site.options = chosen.model_copy(update={"agreement": chosen.agreement.model_copy(update=english)})
    assert (await town.send(*numbers)).message == "4 hentet, 2 sendt (e-post 2), 4 bokført, 1 avvist, 1 planlagt og ikke sendt ennå"
    (mailed,) = town.mails(5003)
    assert str(mailed.parsed()["From"]).startswith("Nidelven Renhold og Eiendomsdrift AS via Factoring")
    assert "This claim has been assigned." in mailed.parsed().get_body(("plain",)).get_content()
    assert [town.site.states(n)["distribute"] for n in numbers] == ["accepted", "rejected", "planned", "accepted"]
    assert (town.bounce(5011, "k5011@kunde.example"), town.printed()) == ("letter", 0)
    town.at(FRIDAY + dt.timedelta(days=3))
    assert "(brev 1)" in (await town.site.intake()).message
    assert (town.site.codes(5008), town.printed()) == ({"email_refused"}, 1)


async def test_an_attachment_that_is_too_large_goes_by_link(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKTURABRO_MAIL_MOST_BYTES", "30000")
    installation.current.cache_clear()
    town.site.options = town.having(email_alternative="alternativ 2")
    assert "(e-post med lenke 1)" in (await town.send(5003)).message
    assert town.open(5003) == "right"


async def test_a_debtor_who_asks_gets_a_new_link_and_the_old_one_is_dead(town: Town) -> None:
    """Where nothing falls due, and a stop stands for a while."""
    invoice = town.site.invoice(5003)
    invoice.ehf = re.sub(rb"(?<=<cbc:DueDate>)[^<]*", b"9999-12-31", invoice.document())
    await town.send(5003)
    old = town.secrets(5003)
    assert town.wish(old[0]) is True
    town.stop("link")
    assert (await town.letters_at(3, 8)).message.startswith("Ingenting å gjøre. Stanset for nidelven: e-post med lenke.")
    town.release("link")
    assert (await town.letters_at(3)).message == "1 ny lenke sendt"
    assert (await town.letters_at(3, 9)).message == "Ingenting å gjøre"
    new = town.secrets(5003)
    first, second = (one.parsed().get_body(("plain",)).get_content() for one in town.mails(5003))
    assert all("til og med 19. desember 2028" in " ".join(text.split()) for text in (first, second))
    assert (town.enter(*old), town.enter(*new)) == ("dead", "right")


async def test_an_objection_is_mailed_once_and_stands_where_people_look(town: Town) -> None:
    town.appoint("Berit Moe", "berit@klient.example")
    await town.send(5003)
    town.object(5003)
    await town.letters_at(3)
    await town.letters_at(4)
    mails = [one for one in town.site.boxes.mail.state.messages if "berit@klient.example" in one.recipients]
    told = [one for one in mails if "innsigelse" in str(one.parsed()["Subject"])]
    assert len(told) == 1
    assert "- 5003: beløpet er feil" in told[0].parsed().get_content()
    (row,) = town.held_rows()
    assert row["Bilag"] == "Faktura 5003"


async def test_a_restored_ledger_still_knows_who_opened_and_opens_the_same_links(town: Town) -> None:
    put_back = restoring.back_up(town.site)
    await town.send(5003, 5007)
    assert town.open(5003) == "right"
    old = town.secrets(5007)
    town.wish(old[0])
    assert (await town.letters_at(0)).message == "1 åpnet, 1 ny lenke sendt"
    secrets = town.secrets(5007)
    put_back()
    town.at(FRIDAY + dt.timedelta(hours=1))
    assert await restoring.recover() == 0
    assert (await town.site.intake()).is_completed()
    assert len(town.site.boxes.mail.state.messages) == 3
    assert "1 brev sendt" in (await town.letters_at(4)).message
    assert [town.state(n) for n in (5003, 5007)] == ["cancelled", "accepted"]
    assert (town.enter(*old), town.enter(*secrets), town.printed()) == ("unknown", "right", 1)
    assert town.faults() == []
