"""SMTP against a real server on loopback: what was taken, what was not, and the moment in between when nobody knows."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from email.headerregistry import Address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from fakturabro.remote import errors
from fakturabro.systems.mail import client, letters, refusals, replies

DATE = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
PDF = letters.Attachment(file_name="faktura æøå.pdf", content_type="application/pdf", content=b"%PDF-1.7\n" + bytes(range(256)) * 9)


def built(**changed: object) -> email.message.EmailMessage:
    values: dict[str, object] = {
        "message_id": "<solberg-2045-1@post.factoring.example>",
        "date": DATE,
        "client_name": "Blåbær & Sønn AS",
        "sender": "faktura@factoring.example",
        "reply_to": "post@blaabaer.example",
        "recipients": ["kari@kunde.example"],
        "subject": "Faktura 2045 fra Blåbær & Sønn AS",
        "text": "Hei!\n\n.Her er en linje med punktum først.\n..\nHilsen Blåbær",
        "attachments": [PDF],
    }
    return letters.build(**(values | changed))


class Post:
    """A handler that answers as its scripts say and keeps what it took."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.rcpt: dict[str, str] = {}
        self.mail = self.data = ""
        self.sessions: set[int] = set()

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        self.sessions.add(id(session))
        envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data == "cut":
            server.transport.abort()
            return ""
        if not self.data or self.data.startswith("2"):
            self.taken.append(envelope)
        return self.data or "250 OK id=7"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def settings(post: Post) -> Iterator[client.Settings]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield client.Settings(host="127.0.0.1", port=port, seconds=2.0)
    controller.stop()


def send(settings: client.Settings, *recipients: str) -> client.Receipt:
    with client.Sender(settings, tenant="solberg") as sender:
        return sender.send(built(), recipients or ("kari@kunde.example",))


def test_what_is_sent_arrives_byte_for_byte(post: Post, settings: client.Settings) -> None:
    assert send(settings).accepted == ("kari@kunde.example",)
    raw = post.taken[0].content
    assert isinstance(raw, bytes)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Message-ID"] == "<solberg-2045-1@post.factoring.example>"
    assert message["From"].addresses == (Address("Blåbær & Sønn AS via Factoring", "faktura", "factoring.example"),)
    assert message["Reply-To"] == "post@blaabaer.example"
    assert message["Subject"] == "Faktura 2045 fra Blåbær & Sønn AS"
    assert message.get_body().get_content().splitlines() == built().get_body().get_content().splitlines()
    attached = next(message.iter_attachments())
    assert (attached.get_filename(), attached.get_content()) == (PDF.file_name, PDF.content)
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998


def test_a_batch_goes_through_one_connection(post: Post, settings: client.Settings) -> None:
    with client.Sender(settings, tenant="solberg") as sender:
        for _ in range(3):
            sender.send(built(), ["kari@kunde.example"])
    assert (len(post.taken), len(post.sessions)) == (3, 1)


def test_a_cut_between_the_dot_and_the_reply_is_uncertain(post: Post, settings: client.Settings) -> None:
    post.data = "cut"
    with client.Sender(settings, tenant="solberg") as sender:
        with pytest.raises(errors.Uncertain, match="solberg-2045-1"):
            sender.send(built(), ["kari@kunde.example"])
        post.data = ""
        assert sender.send(built(), ["kari@kunde.example"]).reply.startswith("250")


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("mail", "451 Later", errors.Throttled),
        ("data", "451 Later", errors.Throttled),
        ("mail", "421 Closing", errors.Unavailable),
        ("data", "421 Closing", errors.Unavailable),
        ("mail", "550 Sender unknown", errors.CredentialError),
        ("data", "554 Spam", errors.Rejected),
        ("data", "552 Too large", replies.TooLargeError),
        ("data", "552 5.2.2 Mailbox full", errors.Rejected),
        ("data", "550 5.3.4 SizeLimit", replies.TooLargeError),
        ("mail", "552 5.3.4 Message size exceeds fixed limit", replies.TooLargeError),
    ],
)
def test_a_no_from_the_server_is_classed_by_its_code(
    stage: str, reply: str, expected: type[errors.RemoteError], post: Post, settings: client.Settings
) -> None:
    setattr(post, stage, reply)
    with client.Sender(settings, tenant="solberg") as sender:
        with pytest.raises(expected) as caught:
            sender.send(built(), ["kari@kunde.example"])
        assert caught.type is expected
        setattr(post, stage, "")
        sender.send(built(), ["kari@kunde.example"])
    assert len(post.taken) == 1


def test_one_refused_recipient_is_named_and_the_others_get_it(post: Post, settings: client.Settings) -> None:
    post.rcpt = {"borte@kunde.example": "550 5.1.1 Unknown"}
    receipt = send(settings, "kari@kunde.example", "borte@kunde.example")
    assert (receipt.accepted, receipt.refused) == (("kari@kunde.example",), {"borte@kunde.example": "550 5.1.1 Unknown"})
    assert post.taken[0].rcpt_tos == ["kari@kunde.example"]


def test_when_all_are_refused_it_is_rejected_with_the_code(post: Post, settings: client.Settings) -> None:
    post.rcpt = {"a@b.example": "550 Unknown", "c@d.example": "553 Never"}
    with pytest.raises(errors.Rejected) as caught:
        send(settings, "a@b.example", "c@d.example")
    assert (caught.value.status, post.taken) == (553, [])


@pytest.mark.parametrize(
    "reply",
    ["550 No", "551 No", "552 No", "553 No", "556 No", "500 Line too long", "521 5.3.2 No mail here"]
    + ["501 5.1.3 Bad recipient address syntax", "554 5.1.1 No such user", "554 5.7.1 Recipient address rejected: Access denied"],
)
def test_a_final_no_to_a_recipient_is_about_the_recipient(reply: str, post: Post, settings: client.Settings) -> None:
    post.rcpt = {"borte@kunde.example": reply}
    with pytest.raises(errors.Rejected) as caught:
        send(settings, "borte@kunde.example")
    assert caught.value.status == int(reply[:3])


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.7.1 Relay access denied",
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        "550 relaying denied",
        "530 Must authenticate",
        "535 No",
        "503 Bad sequence",
        "555 5.5.4 Unsupported option: ORCPT",
        "571 No",
    ],
)
def test_any_other_final_no_at_rcpt_is_about_our_settings(reply: str, post: Post, settings: client.Settings) -> None:
    post.rcpt = {"kari@kunde.example": reply}
    with pytest.raises(errors.CredentialError, match=f"127.0.0.1.*{reply[:3]}") as caught:
        send(settings, "ola@kunde.example", "kari@kunde.example")
    assert (caught.value.tenant, caught.value.system, post.taken) == ("solberg", replies.SYSTEM, [])


def test_one_recipients_temporary_no_stops_it_for_all(post: Post, settings: client.Settings) -> None:
    post.rcpt = {"full@kunde.example": "452 Mailbox full"}
    with client.Sender(settings, tenant="solberg") as sender:
        with pytest.raises(errors.Throttled):
            sender.send(built(), ["kari@kunde.example", "full@kunde.example"])
        sender.send(built(), ["ola@kunde.example"])
    assert [envelope.rcpt_tos for envelope in post.taken] == [["ola@kunde.example"]]


def test_an_address_that_is_never_found_is_refused_on_the_last_try(post: Post, settings: client.Settings) -> None:
    post.rcpt = {"feil@kunde.exampel": "450 4.1.2 Domain not found", "full@kunde.example": "452 4.2.2 Mailbox full"}
    both = ["kari@kunde.example", "feil@kunde.exampel"]
    with client.Sender(settings, tenant="solberg") as sender:
        with pytest.raises(errors.Throttled):
            sender.send(built(), both)
        assert sender.send(built(), both, last_try=True).refused == {"feil@kunde.exampel": "450 4.1.2 Domain not found"}
        with pytest.raises(errors.Rejected):
            sender.send(built(), both[1:], last_try=True)
        with pytest.raises(errors.Throttled):
            sender.send(built(), ["full@kunde.example"], last_try=True)


def scripted(*lines: bytes | None, greeting: bytes = b"220 hello\r\n", heard: list[bytes] | None = None) -> client.Settings:
    """A server that says the next line to whatever comes; None closes the door in mid-body. `heard`: what came."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as door:
            door.sendall(greeting)
            for line in lines:
                (heard if heard is not None else []).append(door.recv(65536))
                if line is None:
                    door.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                door.sendall(line)

    threading.Thread(target=serve, daemon=True).start()
    return client.Settings(host="127.0.0.1", port=listener.getsockname()[1], seconds=1.0)


OK = b"250 ok\r\n"


def test_a_cut_before_the_dot_was_never_taken() -> None:
    large = built(attachments=[letters.Attachment(file_name="a.pdf", content_type="application/pdf", content=b"0" * 14_000_000)])
    with client.Sender(scripted(OK, OK, OK, b"354 go\r\n", None), tenant="x") as sender, pytest.raises(errors.Unavailable):
        sender.send(large, ["kari@kunde.example"])


@pytest.mark.parametrize("lines", [(None,), (OK, None), (OK, OK, OK, None), (b"nonsense\r\n", b"nonsense\r\n"), (OK, b"\r\n")])
def test_a_server_that_falls_over_before_data_was_never_given_it(lines: tuple[bytes | None, ...]) -> None:
    with client.Sender(scripted(*lines), tenant="x") as sender, pytest.raises(errors.Unavailable):
        sender.send(built(), ["kari@kunde.example"])


NO = b"550 5.7.1 Not from you\r\n"
CAN_LOG_IN = b"250-ok\r\n250 AUTH PLAIN\r\n"


@pytest.mark.parametrize(
    ("lines", "greeting", "code"),
    [
        ((), b"554 No SMTP service here\r\n", 554),
        ((NO, NO), b"220 hello\r\n", 550),
        ((OK, NO), b"220 hello\r\n", 550),
        ((CAN_LOG_IN, b"535 5.7.8 Wrong\r\n"), b"220 hello\r\n", 535),
    ],
    ids=["connect", "ehlo", "mail from", "login"],
)
def test_a_final_no_before_any_recipient_is_for_operators(lines: tuple[bytes, ...], greeting: bytes, code: int) -> None:
    settings = scripted(*lines, greeting=greeting)
    if code == 535:
        settings = client.Settings(host=settings.host, port=settings.port, seconds=1.0, username="u", password="p")
    with client.Sender(settings, tenant="x") as sender, pytest.raises(errors.CredentialError, match=rf"127\.0\.0\.1.*\({code}\)"):
        sender.send(built(), ["kari@kunde.example"])


def test_a_server_that_is_closed_for_a_while_is_asked_again_later() -> None:
    with client.Sender(scripted(greeting=b"421 Later\r\n"), tenant="x") as sender, pytest.raises(errors.Unavailable):
        sender.send(built(), ["kari@kunde.example"])


def test_a_greeting_without_an_end_is_no_word_on_our_settings() -> None:
    with client.Sender(scripted(greeting=b"2" * 9000), tenant="x") as sender, pytest.raises(errors.Unavailable):
        sender.send(built(), ["kari@kunde.example"])


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n", b"354 go on\r\n"])
def test_no_sensible_reply_after_the_dot_is_uncertain(answer: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as door:
            door.sendall(b"220 hello\r\n")
            for line in (OK, OK, OK, b"354 go\r\n"):
                door.recv(65536)
                door.sendall(line)
            body = b""
            while not body.endswith(b"\r\n.\r\n"):
                body += door.recv(65536)
            door.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    settings = client.Settings(host="127.0.0.1", port=listener.getsockname()[1], seconds=1.0)
    with client.Sender(settings, tenant="x") as sender, pytest.raises(errors.Uncertain):
        sender.send(built(), ["kari@kunde.example"])


def test_no_server_means_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.Unavailable, match="Ingenting ble sendt"):
        send(client.Settings(host="127.0.0.1", port=port))


@pytest.mark.parametrize("changed", [{"starttls": True}, {"username": "u", "password": "svært-hemmelig"}])
def test_encryption_or_login_that_the_server_lacks_is_for_operators(changed: dict[str, object], settings: client.Settings) -> None:
    asked = client.Settings(host=settings.host, port=settings.port, **changed)
    with pytest.raises(errors.CredentialError) as caught:
        send(asked)
    assert caught.value.tenant == "solberg"
    assert "svært-hemmelig" not in f"{caught.value}{asked!r}"


EVIL = "\r\nBcc: alle@andre.example"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_name": f"Firma{EVIL}"},
        {"subject": f"Faktura{EVIL}"},
        {"subject": "Faktura\u2028Bcc: x@y.example"},
        {"reply_to": f"a@b.example{EVIL}"},
        {"recipients": [f"a@b.example{EVIL}"]},
        {"recipients": ["a@b.example, c@d.example"]},
        {"recipients": ["Kari <a@b.example>"]},
        {"recipients": ["uten-krøllalfa"]},
        {"recipients": ["kåre@b.example"]},
        {"recipients": ["a@..example"]},
        {"recipients": ["navn..etternavn@firma.example"]},
        {"recipients": [".navn@firma.example"]},
        {"recipients": ["navn.@firma.example"]},
        {"reply_to": "navn.@firma.example"},
        {"recipients": ["a@b\uff0cc.example"]},
        {"recipients": ["a@b\uff1ec.example"]},
        {"recipients": ["a@straße.example"]},
        {"recipients": ["a@b.example;c@d.example"]},
        {"recipients": ["a@b.example\u2028"]},
        {"recipients": [f"a{n}@b.example" for n in range(300)]},
        {"client_name": "Firma \ud800"},
        {"text": "Hei \udfff"},
        {"html": "<p>\ud800</p>"},
        {"message_id": f"<a@b>{EVIL}"},
        {"attachments": [letters.Attachment(file_name=f"a.pdf{EVIL}", content_type="application/pdf", content=b"")]},
    ],
)
def test_nothing_in_the_data_bends_a_header(changed: dict[str, object]) -> None:
    with pytest.raises(errors.Rejected):
        built(**changed)


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("fornavn.mellom.etternavn@firma.example", True),
        ("post@blåbær.no", True),
        (f"{'a' * 64}@{'b' * 63}.example", True),
        ("navn..etternavn@firma.example", False),
        (f"{'a' * 65}@firma.example", False),
        (f"a@{'b' * 64}.example", False),
        (f"a@{'b.' * 130}example", False),
        ("x@-firma.example", False),
        ("x@firma-.example", False),
        ("x@fir_ma.example", False),
        ("x@1.2.3.4", False),
        (".navn@firma.example", False),
        ("navn.@firma.example", False),
        (".@firma.example", False),
        ("", False),
        ("@firma.example", False),
    ],
)
def test_an_address_is_usable_when_a_letter_can_be_built_to_it(text: str, usable: bool) -> None:
    assert letters.is_usable(text) is usable
    if usable:
        assert built(recipients=[text])["To"]


def test_a_long_message_id_and_many_recipients_stand_as_they_are() -> None:
    message_id = f"<{'a' * 120}@post.factoring.example>"
    recipients = [f"mottaker{n}@et-ganske-langt-domene.example" for n in range(10)]
    message = email.message_from_bytes(
        letters.to_bytes(built(message_id=message_id, recipients=recipients)).content, policy=email.policy.default
    )
    assert message["Message-ID"].strip() == message_id
    assert [a.addr_spec for a in message["To"].addresses] == recipients


def test_an_address_that_stands_there_twice_gets_it_once(post: Post, settings: client.Settings) -> None:
    twice = ["Kari@kunde.example", "ola@kunde.example", "kari@KUNDE.example"]
    assert built(recipients=twice)["To"] == "Kari@kunde.example, ola@kunde.example"
    assert send(settings, *twice).accepted == ("Kari@kunde.example", "ola@kunde.example")
    assert post.taken[0].rcpt_tos == ["Kari@kunde.example", "ola@kunde.example"]


def test_letters_before_the_at_are_named_as_what_is_wrong() -> None:
    with pytest.raises(errors.Rejected, match=r"kåre@b\.example.*andre tegn enn a til z"):
        letters.address("kåre@b.example")


@pytest.mark.parametrize("sender", ["uten-krøllalfa", "", "a@b.example, c@d.example"])
def test_a_sender_of_ours_that_is_no_address_costs_no_document_its_mail(sender: str) -> None:
    with pytest.raises(errors.CredentialError):
        built(sender=sender)
    if sender:
        with pytest.raises(errors.CredentialError):
            client.Sender(client.Settings(host="127.0.0.1", bounce_address=sender), tenant="x")


LARGE = letters.Attachment(file_name="a.pdf", content_type="application/pdf", content=b"0" * 200_000)


@pytest.mark.parametrize(("ehlo", "most"), [(b"250-ok\r\n250 SIZE 100000\r\n", 20_000_000), (b"250 ok\r\n", 100_000)])
def test_what_is_too_large_is_never_offered(ehlo: bytes, most: int) -> None:
    heard: list[bytes] = []
    settings = scripted(ehlo, OK, heard=heard)
    sender = client.Sender(client.Settings(host=settings.host, port=settings.port, seconds=1.0, most_bytes=most), tenant="x")
    with sender, pytest.raises(replies.TooLargeError, match=r"0,3 MB.*0,1 MB"):
        sender.send(built(attachments=[LARGE]), ["kari@kunde.example"])
    assert not [line for line in heard if line.startswith(b"mail")]


@pytest.mark.parametrize("size", [b"", b" 0", b" mye", b" " + b"9" * 400])
def test_a_server_that_states_no_sensible_size_is_given_the_message(size: bytes) -> None:
    lines = (b"250-ok\r\n250 SIZE" + size + b"\r\n", OK, b"550 5.1.1 No\r\n")
    with client.Sender(scripted(*lines), tenant="x") as sender, pytest.raises(errors.Rejected) as caught:
        sender.send(built(), ["kari@kunde.example"])
    assert caught.value.status == 550


def test_a_server_that_reports_is_told_what_to_report_and_to_whom() -> None:
    heard: list[bytes] = []
    settings = scripted(b"250-ok\r\n250-SIZE 50000000\r\n250 DSN\r\n", OK, b"550 5.1.1 No\r\n", heard=heard)
    sender = client.Sender(
        client.Settings(host=settings.host, port=settings.port, seconds=1.0, bounce_address="retur@factoring.example"), tenant="x"
    )
    with sender, pytest.raises(errors.Rejected):
        sender.send(built(message_id="<a+b=c@d.example>"), ["kari+1@kunde.example"])
    assert heard[1].startswith(b"mail FROM:<retur@factoring.example> ")
    assert heard[1].endswith(b" RET=HDRS ENVID=<a+2Bb+3Dc@d.example>\r\n")
    assert heard[2] == b"rcpt TO:<kari+1@kunde.example> NOTIFY=FAILURE ORCPT=rfc822;kari+2B1@kunde.example\r\n"


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_domain_that_refuses_most_is_left_waiting_and_the_rest_goes_on(stage: str, post: Post, settings: client.Settings) -> None:
    numbers = range(refusals.OF_ONE)
    post.rcpt = {f"nr{n}@stor.example": "550 5.7.1 Blocked" for n in numbers if stage == "rcpt"}
    post.data = "554 5.7.1 Spam" if stage == "data" else ""
    with client.Sender(settings, tenant="solberg") as sender:
        for n in numbers[:-1]:
            with pytest.raises(errors.Rejected):
                sender.send(built(), [f"nr{n}@stor.example"])
        sender.conclude()
        for address in (f"nr{numbers[-1]}@stor.example", "ikke-spurt@STOR.example"):
            with pytest.raises(refusals.DomainRefusesError, match=r"stor\.example"):
                sender.send(built(), [address])
        post.data = ""
        assert sender.send(built(), ["kari@kunde.example"]).accepted
        with pytest.raises(refusals.RelayRefusesError, match=r"stor\.example") as caught:
            sender.conclude()
    assert caught.value.tenant == "solberg"


def test_a_relay_that_refuses_everywhere_stops_the_channel(post: Post, settings: client.Settings) -> None:
    post.data = "554 5.7.1 Spam"
    with client.Sender(settings, tenant="solberg") as sender:
        for n in range(refusals.OF_ALL - 1):
            with pytest.raises(errors.Rejected):
                sender.send(built(), [f"a@firma{n}.example"])
        with pytest.raises(refusals.RelayRefusesError, match="E-postkanalen er stanset"):
            sender.send(built(), ["a@enda-ett.example"])


def _stop(*answers: tuple[str, str]) -> str | None:
    counts = refusals.Counts()
    for address, refusal in answers:
        counts.note(address, refusal)
    return counts.find_stop(answers[-1][0])


def test_refusals_stop_only_when_it_cannot_be_the_addresses() -> None:
    good = [(f"g{n}@a.no", "") for n in range(15)]
    bad = [(f"b{n}@a.no", "550 No") for n in range(10)]
    gone = [(f"x{n}@a.no", "550 5.1.1 No") for n in range(20)]
    assert _stop(*bad[:5]) == "a.no"
    assert _stop(*bad[:4]) is None
    assert _stop(*[("b@a.no", "550 No"), ("B@A.no", "550 No")] * 9) is None, "one dead mailbox, many invoices"
    assert _stop(*good, *bad[:5]) is None, "5 of the last 20"
    assert _stop(*good, *bad) == "a.no", "10 of the last 20"
    assert _stop(*bad[:5], ("b0@a.no", ""), ("b1@a.no", "")) is None, "who was refused and then not, is not"
    assert _stop(*gone[:19]) is None, "the server says that the addresses are gone"
    assert _stop(*gone) == "a.no", "all of them?"
    assert _stop(*[(f"b@{n}.no", "550 5.1.1 No") for n in range(10)]) == refusals.ALL
    assert _stop(*[(f"b@{n}.no", "550 No") for n in range(9)]) is None
    assert _stop(*[(f"g@{n}.no", "") for n in range(31)], *[(f"b@{n}.no", "550 No") for n in range(10)]) is None
