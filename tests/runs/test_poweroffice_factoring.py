"""The main job, run for run: what goes where, what is held and released, and what never happens twice."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pypdfium2
import pytest

from fakturabro.systems.factoring import client as factoring_client
from sandboxes import faults, mail
from sandboxes.seed import control as seed_control
from tasks import connect, held, kept_secrets, selections


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def as_credit_note(invoice: bytes) -> bytes:
    """The same document as a credit note, as UBL wants it."""
    changed = re.sub(rb"<cbc:DueDate>[^<]*</cbc:DueDate>", b"", invoice)
    for old, new in (
        (b"InvoiceTypeCode>380", b"InvoiceTypeCode>381"),
        (b"InvoiceTypeCode", b"CreditNoteTypeCode"),
        (b"InvoiceLine", b"CreditNoteLine"),
    ):
        changed = changed.replace(old, new)
    changed = changed.replace(b"InvoicedQuantity", b"CreditedQuantity").replace(b":Invoice-2", b":CreditNote-2")
    return changed.replace(b"<Invoice ", b"<CreditNote ").replace(b"</Invoice>", b"</CreditNote>")


def attachments(message: mail.Stored) -> list[bytes]:
    return [part.get_payload(decode=True) for part in message.parsed().iter_attachments()]


async def test_each_channel_gets_its_documents_and_a_second_run_sends_nothing(site: Any) -> None:
    site.keep_only(5002, 5003, 5019, 5022, 5023)
    ended = await site.intake()
    assert ended.is_completed()
    assert ended.message == "5 hentet, 5 sendt (EHF 1, e-post 2, brev 2), 5 bokført"
    assert len(site.boxes.factoring.state.entries) == 5
    assert len(site.letters()) == 2
    again = await site.intake()
    assert again.message == "0 hentet"
    assert (len(site.boxes.access_point.state.messages), len(site.boxes.mail.state.messages), len(site.letters())) == (1, 2, 2)


async def test_the_letter_only_address_is_compared_without_case(site: Any) -> None:
    site.keep_only(5022)
    assert "printonly@FactoringFinans.NO" in str(site.card(site.invoice(5022).customer_number)) + str(
        site.invoice(5022).customer_email
    )
    assert "brev 1" in (await site.intake()).message


async def test_an_email_list_reaches_every_address(site: Any) -> None:
    site.keep_only(5023)
    await site.intake()
    (message,) = site.boxes.mail.state.messages
    assert len(message.recipients) == 2


async def test_a_refused_email_becomes_a_letter(site: Any) -> None:
    site.keep_only(5003)
    address = site.invoice(5003).customer_email or site.card(site.invoice(5003).customer_number)["InvoiceEmailAddress"]
    site.boxes.mail.state.replies[address.lower()] = "550 5.1.1 User unknown"
    assert "brev 1" in (await site.intake()).message
    assert site.codes(5003) >= {"email_refused"}
    assert site.states(5003)["distribute"] == "accepted"


async def test_the_payee_is_the_factoring_company_and_the_sources_account_is_nowhere(site: Any) -> None:
    site.keep_only(5002, 5003, 5019)
    foreign = "15030000002"
    for number in (5002, 5003, 5019):
        invoice = site.invoice(number)
        document = re.sub(rb"(<cac:PayeeFinancialAccount>\s*<cbc:ID>)[^<]*", rb"\g<1>" + foreign.encode(), invoice.document())
        assert foreign.encode() in document
        invoice.ehf = document
    assert "3 sendt (EHF 1, e-post 1, brev 1)" in (await site.intake()).message
    (ehf,) = site.boxes.access_point.state.messages.values()
    (message,) = site.boxes.mail.state.messages
    (pdf,) = attachments(message)
    (letter,) = (site.folder / "print").glob("*.pdf")
    (index,) = (site.folder / "print").glob("nidelven*.json")
    body = message.parsed().get_body().get_content()
    for text in (ehf.body.decode(), body, text_of(pdf), text_of(letter.read_bytes()), index.read_text()):
        assert foreign not in text.replace(".", "").replace(" ", "")
    for text in (ehf.body.decode(), body, text_of(pdf), text_of(letter.read_bytes())):
        assert "86011117947" in text.replace(".", "")
        assert "Factoring Finans AS" in text
        assert "Fakturaen er overdratt" in text.replace("\r\n", " ")
    assert "<cac:PayeeParty>" in ehf.body.decode()
    assert "991825827" in ehf.body.decode()


async def test_what_leaves_as_ehf_is_the_source_but_for_the_documented_changes(site: Any) -> None:
    site.keep_only(5041)
    source = site.invoice(5041).document()
    await site.intake()
    (sent,) = site.boxes.access_point.state.messages.values()

    def values(data: bytes) -> list[str]:
        kept = re.sub(rb"<cac:(PayeeParty|PaymentMeans|PaymentTerms)>.*?</cac:\1>", b"", data, flags=re.DOTALL)
        return re.findall(r"<(c[bc]c:\w+)[^>]*>([^<\s][^<]*)<", kept.decode())

    assert values(sent.body) == values(source)


async def test_a_missing_notice_holds_everything_that_would_leave(site: Any) -> None:
    site.keep_only(5002)
    agreement = site.options.agreement.model_copy(update={"assignment_notice": " "})
    ended = await site.intake(options=site.options.model_copy(update={"agreement": agreement}))
    assert ended.message == "1 hentet, 1 bokført, 1 venter på oss (drift)"
    assert site.states(5002) == {"book": "accepted", "distribute": "held", "write_back": "waiting"}
    assert "1 sendt" in (await site.intake()).message


async def test_a_missing_address_holds_every_channel_until_the_card_is_mended(site: Any) -> None:
    site.keep_only(5024)
    assert (await site.intake()).message == "1 hentet, 1 bokført, 1 venter på klienten"
    (entry,) = site.boxes.factoring.state.entries.values()
    assert entry.entry.distributed is False
    assert site.boxes.access_point.state.messages == {}
    card = site.card(site.invoice(5024).customer_number)
    card["MailAddress"] = {
        "AddressLine1": "Storgata 14",
        "AddressLine2": "",
        "ZipCode": "0155",
        "City": "OSLO",
        "CountryCode": "NO",
    }
    assert (await site.intake()).message == "0 hentet, 1 sendt (EHF 1)"
    (message,) = site.boxes.access_point.state.messages.values()
    assert "Storgata 14" in message.body.decode()
    assert entry.channel == "ehf"


async def test_two_complete_addresses_that_differ_mean_the_cards_with_a_warning(site: Any) -> None:
    site.keep_only(5026)
    await site.intake()
    assert "address_differs_from_card" in site.codes(5026)
    street = site.card(site.invoice(5026).customer_number)["MailAddress"]["AddressLine1"]
    (message,) = site.boxes.mail.state.messages
    assert street in text_of(attachments(message)[0])


@pytest.mark.parametrize("number", [5045, 5046, 5047])
async def test_malformed_and_hostile_xml_costs_no_other_document(site: Any, number: int) -> None:
    site.keep_only(5002, number)
    assert (await site.intake()).message == "2 hentet, 1 sendt (EHF 1), 1 bokført, 1 venter på klienten"
    assert site.codes(number) == {"unreadable_document"}
    assert site.states(number)["book"] == "held"


async def test_a_document_of_fifty_megabytes_costs_no_other_document(site: Any) -> None:
    site.keep_only(5002, 5003)
    site.invoice(5003).ehf = site.invoice(5003).document() + b"<!--" + b"x" * 50_000_000 + b"-->"
    assert (await site.intake()).message == "2 hentet, 1 sendt (EHF 1), 1 bokført, 1 venter på klienten"
    assert site.codes(5003) == {"unreadable_document"}


async def test_a_kid_that_does_not_fit_the_agreement_holds_only_its_document(site: Any) -> None:
    site.keep_only(5002, 5003)
    kid = {"length": 9, "method": "mod10", "parts": [{"name": "customer", "length": 5}, {"name": "invoice", "length": 3}]}
    agreement = site.options.agreement.model_validate({**site.options.agreement.model_dump(), "kid": kid})
    ended = await site.intake(options=site.options.model_copy(update={"agreement": agreement}))
    assert ended.message == "2 hentet, 2 venter på oss (drift)"
    assert site.codes(5002) == {"kid_not_possible"}
    assert "2 sendt" in (await site.intake()).message


async def test_a_credit_note_waits_for_its_invoice(site: Any) -> None:
    site.keep_only(5002, 5050)
    assert (await site.intake()).message == "2 hentet, 1 sendt (EHF 1), 2 bokført, 1 kreditnota venter på fakturaen sin"
    assert site.codes(5050) == {"credit_note_waits_for_invoice"}
    assert (await site.intake()).message == "0 hentet, 1 sendt (EHF 1)"
    (note,) = [one for one in site.boxes.access_point.state.messages.values() if one.kind == "credit_note"]
    assert "<cbc:ID>5002</cbc:ID>" in note.body.decode()


async def test_an_invoice_credited_in_full_before_it_left_is_not_sent_and_nor_is_its_credit_note(site: Any) -> None:
    site.keep_only(5051, 5052)
    assert (await site.intake()).message == "2 hentet, 2 bokført, 2 kreditert før utsending"
    assert site.states(5051) == site.states(5052) == {"book": "accepted", "distribute": "cancelled", "write_back": "cancelled"}
    assert (site.boxes.access_point.state.messages, site.boxes.mail.state.messages, site.letters()) == ({}, [], [])


async def test_kid_and_pdf_go_back_once(site: Any) -> None:
    site.keep_only(5002, 5024)
    await site.intake()
    assert (await site.writeback()).message == "1 skrevet tilbake"
    given = site.invoice(5002)
    (entry,) = [one.entry for one in site.boxes.factoring.state.entries.values() if one.entry.number == "5002"]
    assert given.kid == entry.kid == "01000200050023"[:13] + given.kid[-1]
    assert given.pdf.startswith(b"%PDF-")
    assert site.invoice(5024).kid is None
    assert (await site.writeback()).message == "Ingenting å gjøre"


async def test_a_writeback_that_stands_already_with_the_same_kid_is_done(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    (entry,) = site.boxes.factoring.state.entries.values()
    invoice = site.invoice(5002)
    invoice.kid, invoice.is_delivered, invoice.status = entry.entry.kid, True, 5
    assert (await site.writeback()).message == "1 skrevet tilbake"
    assert site.states(5002)["write_back"] == "accepted"


async def test_a_writeback_that_stands_already_with_another_kid_is_for_a_person(site: Any) -> None:
    site.keep_only(5002)
    await site.intake()
    invoice = site.invoice(5002)
    invoice.kid, invoice.is_delivered, invoice.status = "9999999", True, 5
    ended = await site.writeback()
    assert ended.message == "1 avvist"
    assert site.states(5002)["write_back"] == "rejected"
    assert invoice.kid == "9999999"


async def test_a_channel_that_is_down_stops_no_other_and_goes_on_next_time(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002, 5003, 5019)
    monkeypatch.setenv("FAKTURABRO_SMTP_PORT", "1")
    connect.installation.current.cache_clear()
    ended = await site.intake()
    assert ended.is_failed()
    assert "127.0.0.1" in ended.message
    assert (len(site.boxes.access_point.state.messages), len(site.letters())) == (1, 1)
    monkeypatch.setenv("FAKTURABRO_SMTP_PORT", str(site.boxes.mail.port))
    connect.installation.current.cache_clear()
    assert "1 sendt (e-post 1)" in (await site.intake()).message


async def test_a_wrong_client_key_names_the_tenant_and_what_to_do(site: Any) -> None:
    site.secret("nidelven.poweroffice_client_key", "00000000-0000-0000-0000-000000000000")
    ended = await site.intake()
    assert ended.is_failed()
    assert "nidelven" in ended.message
    assert "klientnøkkel" in ended.message
    assert "00000000" not in ended.message


async def test_a_secret_that_others_can_read_is_refused(site: Any) -> None:
    site.secret("factoring.key", "hemmelig").chmod(0o644)
    with pytest.raises(kept_secrets.SecretError, match=r"factoring\.key kan leses av andre"):
        kept_secrets.read("factoring.key")
    (site.folder / "secrets" / "factoring.key").unlink()
    with pytest.raises(kept_secrets.SecretError, match=r"factoring\.key mangler"):
        kept_secrets.read("factoring.key")


async def test_a_dry_run_sends_and_books_nothing(site: Any) -> None:
    site.keep_only(5002, 5003)
    ended = await site.intake(dry_run=True)
    assert ended.message == "Prøvekjøring, ingenting er sendt eller bokført: 2 hentet, 2 ville blitt bokført."
    assert site.boxes.factoring.state.entries == {}
    assert (site.boxes.access_point.state.messages, site.boxes.mail.state.messages) == ({}, [])
    assert "2 bokført" in (await site.intake()).message


async def test_a_selection_takes_in_only_its_range(site: Any) -> None:
    site.keep_only(5002, 5003, 5019)
    await site.intake(selection=selections.Selection(first_number=5003, last_number=5003))
    assert [key[2] for key in site.boxes.factoring.state.entries] == ["5003"]
    assert "2 sendt" in (await site.intake()).message


async def test_tokens_that_were_revoked_are_renewed_in_the_run(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="expired_token", path="/Factoring/InvoiceEhf", times=1))
    assert "1 sendt" in (await site.intake()).message


async def test_an_ehf_that_cannot_be_had_now_comes_in_the_next_slot(site: Any) -> None:
    site.keep_only(5002, 5003)
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="error", path=f"/Factoring/InvoiceEhf/{site.invoice(5003).id}", times=4))
    ended = await site.intake()
    assert ended.message.endswith("1 kunne ikke hentes nå og tas i neste luke")
    assert "1 sendt" in (await site.intake()).message


async def test_an_identity_number_in_a_note_is_in_no_finding_and_no_log(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    site.keep_only(5020)
    await site.intake()
    for number in site.boxes.seeded.identity_numbers:
        assert number not in caplog.text
        assert number.encode() not in (site.folder / "ledger.db").read_bytes()


async def test_every_certificate_of_a_day_adds_up(site: Any) -> None:
    await site.intake()
    site.boxes.seeded.release_later()
    await site.intake()
    await site.writeback()
    with site.engine.connect() as connection:
        rows = connection.exec_driver_sql("select figures from certificate").scalars().all()
    assert len(rows) >= 6
    for figures in map(json.loads, rows):
        for column in figures.values():
            left = column["opening"] + column["fetched"] + column["corrected"]
            settled = column["accepted"] + column["rejected"] + column["skipped"] + column["cancelled"]
            assert left == settled + column["waiting"] + column["held"] + column["in_doubt"]


@pytest.mark.parametrize("where", ["terms", "attachment"])
async def test_the_sources_account_in_text_or_attachment_holds_the_document(site: Any, where: str) -> None:
    site.keep_only(5002)
    invoice = site.invoice(5002)
    document = invoice.document()
    account = re.search(rb"<cac:PayeeFinancialAccount>\s*<cbc:ID>([^<]*)", document)[1].decode()
    written = f"{account[:4]}.{account[4:6]}.{account[6:]}"
    if where == "terms":
        invoice.ehf = re.sub(rb"<cac:PaymentTerms>\s*<cbc:Note>", rf"\g<0>Betal til {written}. ".encode(), document)
    else:
        body = base64.b64encode(f"Konto {written}".encode()).decode()
        attached = (
            "<cac:AdditionalDocumentReference><cbc:ID>v</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject"
            f' mimeCode="text/csv" filename="vedlegg.csv">{body}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>'
            "</cac:AdditionalDocumentReference><cac:AccountingSupplierParty>"
        )
        invoice.ehf = document.replace(b"<cac:AccountingSupplierParty>", attached.encode(), 1)
    assert invoice.ehf != document
    assert (await site.intake()).message == "1 hentet, 1 bokført, 1 venter på klienten"
    assert site.codes(5002) == {"source_account_remains"}
    assert site.boxes.access_point.state.messages == {}


@pytest.mark.parametrize("fault", [{"kind": "error", "method": "NAPTR"}, {"kind": "error", "method": "GET", "times": 2}])
async def test_a_register_of_receivers_that_is_down_holds_only_ehf_and_nothing_becomes_a_letter(site: Any, fault: Any) -> None:
    site.keep_only(5002, 5019)
    site.boxes.peppol.book.add(faults.Fault(**fault))
    assert (await site.intake()).message == "2 hentet, 1 sendt (brev 1), 2 bokført, 1 venter på svar fra EHF-registeret"
    assert "1 sendt (EHF 1)" in (await site.intake()).message


async def test_a_document_that_changed_after_it_was_booked_is_held(site: Any) -> None:
    site.keep_only(5024)
    await site.intake()
    invoice = site.invoice(5024)
    invoice.total += 1
    invoice.ehf = invoice.document().replace(b"<cbc:BuyerReference>", b"<cbc:BuyerReference>X")
    site.card(site.invoice(5024).customer_number)["MailAddress"] = dict(site.card(10001)["MailAddress"])
    await site.intake()
    assert "changed_after_booking" in site.codes(5024)
    assert site.states(5024)["distribute"] == "held"
    assert len(site.boxes.factoring.state.entries) == 1


async def test_an_email_address_mended_after_the_booking_is_used(site: Any) -> None:
    site.keep_only(5003)
    site.card(site.invoice(5003).customer_number)["MailAddress"]["AddressLine1"] = ""
    invoice = site.invoice(5003)
    invoice.ehf = re.sub(
        rb"(<cac:AccountingCustomerParty>.*?)<cbc:StreetName>[^<]*</cbc:StreetName>", rb"\1", invoice.document(), flags=re.DOTALL
    )
    assert (await site.intake()).message == "1 hentet, 1 bokført, 1 venter på klienten"
    invoice.customer_email = "ny@kunde.example"
    site.card(invoice.customer_number)["MailAddress"]["AddressLine1"] = "Storgata 14"
    assert (await site.intake()).message == "0 hentet, 1 sendt (e-post 1)"
    assert site.boxes.mail.state.messages[0].recipients == ("ny@kunde.example",)


@pytest.mark.parametrize("part", [False, True])
async def test_a_credit_note_on_an_invoice_that_is_held_for_booking_is_not_booked(site: Any, part: bool) -> None:
    site.keep_only(5034)
    buyer = site.invoice(5034).customer_number
    order = seed_control.Order(client_key=site.client["client_key"], customer_number=buyer, credits=None if part else 5034)
    note = seed_control.add_invoice(site.boxes.seeded, order)
    note.original_number = 5034
    if part:
        note.ehf = as_credit_note(note.document())
    ended = await site.intake()
    assert site.boxes.factoring.state.entries == {}
    assert site.codes(5034) == {"due_date_before_invoice_date"}
    if part:
        assert ended.message == "2 hentet, 1 venter på klienten, 1 kreditnota venter på fakturaen sin, 1 hopp i nummerserien"
        assert site.states(note.number)["book"] == "held"
    else:
        assert ended.message == "2 hentet, 2 kreditert før utsending, 1 hopp i nummerserien"
        assert set(site.states(5034).values()) == set(site.states(note.number).values()) == {"cancelled"}


async def test_a_credit_note_waits_for_an_invoice_that_could_not_be_fetched_now(site: Any) -> None:
    site.keep_only(5002, 5050)
    site.boxes.poweroffice.v1_book.add(faults.Fault(kind="error", path=f"/Factoring/InvoiceEhf/{site.invoice(5002).id}", times=4))
    assert "kreditnota venter" in (await site.intake()).message
    assert site.boxes.access_point.state.messages == {}
    await site.intake()
    assert [one.kind for one in site.boxes.access_point.state.messages.values()] == ["invoice"]


async def test_what_was_delivered_by_others_meanwhile_is_not_sent(site: Any) -> None:
    site.keep_only(5002, 5024)
    await site.intake()
    invoice = site.invoice(5024)
    invoice.is_delivered, invoice.status = True, 4
    site.card(invoice.customer_number)["MailAddress"] = dict(site.card(10001)["MailAddress"])
    assert (await site.intake()).message == "0 hentet, 1 trukket tilbake i PowerOffice"
    assert site.states(5024) == {"book": "accepted", "distribute": "cancelled", "write_back": "cancelled"}


async def test_a_document_that_says_another_number_or_kind_than_the_list_is_held(site: Any) -> None:
    site.keep_only(5002, 5003)
    site.invoice(5003).ehf = site.invoice(5003).document().replace(b"<cbc:ID>5003</cbc:ID>", b"<cbc:ID>7777</cbc:ID>")
    site.invoice(5002).original_number = 4999
    assert (await site.intake()).message == "2 hentet, 2 venter på oss (drift)"
    assert "number_differs" in site.codes(5003)
    assert "kind_differs" in site.codes(5002)


async def test_a_source_document_that_was_mended_is_read_again(site: Any) -> None:
    site.keep_only(5002, 5045)
    whole = site.invoice(5002).document().replace(b"<cbc:ID>5002</cbc:ID>", b"<cbc:ID>5045</cbc:ID>")
    await site.intake()
    assert site.codes(5045) == {"unreadable_document"}
    site.invoice(5045).ehf = whole
    await site.intake()
    assert "unreadable_document" not in site.codes(5045)


async def test_a_full_mailbox_stops_no_other_email(site: Any) -> None:
    site.keep_only(5003, 5020)
    address = site.invoice(5003).customer_email or site.card(site.invoice(5003).customer_number)["InvoiceEmailAddress"]
    site.boxes.mail.state.replies[address.lower()] = "452 4.2.2 Mailbox full"
    await site.intake()
    assert len(site.boxes.mail.state.messages) == 1
    site.boxes.mail.state.replies.clear()
    assert "1 sendt (e-post 1)" in (await site.intake()).message


async def test_an_amount_that_nobody_owes_costs_no_other_document(site: Any) -> None:
    site.keep_only(5002, 5003)
    invoice = site.invoice(5003)
    invoice.ehf = re.sub(rb"(<cbc:PayableAmount [^>]*>)[^<]*", rb"\g<1>99999999999999999999.00", invoice.document())
    assert "1 sendt (EHF 1)" in (await site.intake()).message
    assert site.codes(5003) == {"unreadable_document"}


async def test_a_new_kid_agreement_counts_for_what_is_not_booked(site: Any) -> None:
    site.keep_only(5028)
    await site.intake()
    kid = {"length": 17, "method": "mod10", "parts": [{"name": "customer", "length": 6}, {"name": "invoice", "length": 10}]}
    agreement = site.options.agreement.model_validate({**site.options.agreement.model_dump(), "kid": kid})
    card = site.card(site.invoice(5028).customer_number)
    bad, good = card["OrganizationNumber"], site.card(10001)["OrganizationNumber"]
    card["OrganizationNumber"] = good
    site.invoice(5028).ehf = site.invoice(5028).document().replace(bad.encode(), good.encode())
    await site.intake(options=site.options.model_copy(update={"agreement": agreement}))
    (entry,) = site.boxes.factoring.state.entries.values()
    assert len(entry.entry.kid) == 17


async def test_an_odd_error_puts_one_document_in_doubt_and_no_other(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002, 5003)
    real = factoring_client.FactoringLedger.book

    async def book(self: Any, entry: Any) -> Any:
        if entry.number == "5002":
            raise ZeroDivisionError
        return await real(self, entry)

    monkeypatch.setattr(factoring_client.FactoringLedger, "book", book)
    await site.intake()
    assert (site.states(5002)["book"], site.states(5003)["book"]) == ("in_doubt", "accepted")


async def test_rejected_and_in_doubt_stand_in_the_table_with_who_must_act(site: Any) -> None:
    site.keep_only(5002)
    site.boxes.factoring.book.add(faults.Fault(kind="cut_after_change", method="POST", path="/ledger", times=1))
    await site.intake()
    ledger = connect.open_ledger()
    ((row,), _) = held.find_rows(ledger, "nidelven")
    ledger.close()
    assert row["Status"] == "Uavklart"
    assert "Vi (drift)" in row["Hva klienten må gjøre"]


async def test_an_identity_number_where_a_date_should_be_is_masked_in_the_finding(site: Any) -> None:
    site.keep_only(5002)
    number = site.boxes.seeded.identity_numbers[0]
    invoice = site.invoice(5002)
    invoice.ehf = re.sub(rb"<cbc:IssueDate>[^<]*", b"<cbc:IssueDate>" + number.encode(), invoice.document())
    await site.intake()
    assert site.codes(5002) == {"unreadable_document"}
    assert number.encode() not in (site.folder / "ledger.db").read_bytes() + (site.folder / "ledger.db-wal").read_bytes()


async def test_a_row_of_the_list_that_cannot_be_read_costs_no_other_and_comes_when_it_is_mended(site: Any) -> None:
    site.keep_only(5002, 5003)
    invoice = site.invoice(5003)
    invoice.number = None
    assert (await site.intake()).message.endswith("1 kan ikke leses i listen fra PowerOffice")
    assert len(site.boxes.factoring.state.entries) == 1
    invoice.number = 5003
    assert "1 sendt (e-post 1)" in (await site.intake()).message
