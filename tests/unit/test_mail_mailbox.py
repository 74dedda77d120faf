"""The mailbox for bounces against a real Dovecot on loopback, with TLS: what is read, what stays, what is put aside."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.message
import ipaddress
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fakturabro.ledger import opened
from fakturabro.ledger.distribution import bounces as returned
from fakturabro.ledger.distribution import fallbacks
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from fakturabro.remote import errors
from fakturabro.systems.mail import bounces, letters, mailbox
from fakturabro.systems.mail import client as smtp
from sandboxes import mail as sandbox
from tasks import clock, connect, installation, runs
from tasks.debtors import bounces as station
from tests.unit import portal_scene as scene

PASSWORD = "blåbær og 100 % {sukker}"
AT = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def _certificate(folder: pathlib.Path) -> ssl.SSLContext:
    """A key and a certificate for 127.0.0.1 in the folder; what trusts it and nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        .not_valid_after(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


class Dovecot:
    """A server with one mailbox, the maildir `mails`."""

    def __init__(self, folder: pathlib.Path, port: int, tls: ssl.SSLContext) -> None:
        self.folder, self.mails, self.port, self.tls = folder, folder / "mails", port, tls

    def settings(self, **changed: object) -> mailbox.Settings:
        values = {"host": "127.0.0.1", "port": self.port, "username": "retur", "password": PASSWORD, "seconds": 5.0}
        return mailbox.Settings(**(values | changed))

    def open(self, **changed: object) -> mailbox.Mailbox:
        return mailbox.Mailbox(self.settings(**changed), tls=self.tls)

    def lay(self, name: str, content: bytes) -> None:
        place = self.mails / ("cur" if ":" in name else "new")
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
        self.give_away()

    def give_away(self) -> None:
        """To whom the server reads as; root it would not."""
        if os.getuid() == 0:
            owner = pwd.getpwnam("dovecot")
            for path in (self.folder, self.mails, *self.mails.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)


def _configuration(folder: pathlib.Path, port: int) -> str:
    is_root = os.getuid() == 0
    owner = pwd.getpwnam("dovecot") if is_root else pwd.getpwuid(os.getuid())
    unprivileged = "" if is_root else f"default_login_user = {owner.pw_name}\n"
    return f"""{unprivileged}default_internal_user = {owner.pw_name}
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mails
first_valid_uid = 1
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@pytest.fixture(scope="module")
def started() -> Iterator[Dovecot]:
    program = shutil.which("dovecot") or "/usr/sbin/dovecot"
    with tempfile.TemporaryDirectory(prefix="fakturabro-dovecot-") as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = pathlib.Path(name), free.getsockname()[1]
        free.close()
        dovecot = Dovecot(folder, port, _certificate(folder))
        (folder / "users").write_text(f"retur:{{PLAIN}}{PASSWORD}::::::\n", encoding="utf-8")
        (folder / "dovecot.conf").write_text(_configuration(folder, port), encoding="utf-8")
        dovecot.mails.mkdir()
        dovecot.give_away()
        with subprocess.Popen([program, "-F", "-c", folder / "dovecot.conf"], stderr=subprocess.PIPE) as server:
            try:
                _wait_for(port, server)
                yield dovecot
            finally:
                server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"dovecot did not start: {server.stderr.read().decode() if server.poll() is not None else 'no answer'}")


@pytest.fixture
def dovecot(started: Dovecot) -> Dovecot:
    shutil.rmtree(started.mails)
    started.mails.mkdir()
    started.give_away()
    return started


def test_a_mail_stays_until_it_is_put_aside(dovecot: Dovecot) -> None:
    dovecot.lay("1", b"Subject: en\r\n\r\nhei\r\n")
    dovecot.lay("2", b"Subject: to\r\n\r\nhei\r\n")
    with dovecot.open() as box:
        first, second = box.fetch()
        box.put_aside(second, seen=True)
    with dovecot.open() as box:
        assert [mail.content for mail in box.fetch()] == [first.content]
        box.put_aside(first, seen=False)
        assert list(box.fetch()) == []
    aside = [path for path in (dovecot.mails / ".Lest av Fakturabro").rglob("*") if path.parent.name in ("cur", "new")]
    assert sorted(path.name.endswith(":2,S") for path in aside) == [False, True]


def test_what_somebody_has_opened_is_read_all_the_same_and_no_more_than_asked_for(dovecot: Dovecot) -> None:
    dovecot.lay("1:2,S", b"Subject: lest\r\n\r\n")
    for number in range(5):
        dovecot.lay(f"2{number}", b"Subject: " + b"x" * 2_000_000)
    with dovecot.open() as box:
        found = list(box.fetch(most=3))
    assert [len(mail.content) for mail in found] == [17, bounces.LARGEST, bounces.LARGEST]


@pytest.mark.parametrize("move", ["MOVE", "COPY"])
def test_two_runs_that_read_at_once_disturb_each_other_in_nothing(move: str, dovecot: Dovecot) -> None:
    dovecot.lay("1", b"Subject: en\r\n\r\n")
    dovecot.lay("2", b"Subject: to\r\n\r\n")
    with dovecot.open() as one, dovecot.open() as other:
        one._move = other._move = move
        reading = one.fetch()
        first, second = next(reading), list(other.fetch())[1]
        other.put_aside(first, seen=True)
        other.put_aside(second, seen=True)
        one.put_aside(first, seen=True)
        one.put_aside(second, seen=True)
        assert len(list(reading)) == (move == "COPY"), "what is only marked can still be fetched"
    with dovecot.open() as box:
        assert list(box.fetch()) == []


def test_a_server_without_move_copies_and_marks(dovecot: Dovecot) -> None:
    dovecot.lay("1", b"Subject: en\r\n\r\n")
    with dovecot.open(aside="Bøker & sånt") as box:
        box._move = "COPY"
        box.put_aside(next(box.fetch()), seen=True)
        assert list(box.fetch()) == []
    with dovecot.open(folder="Bøker & sånt") as box:
        assert [mail.content for mail in box.fetch()] == [b"Subject: en\r\n\r\n"]


def message() -> email.message.EmailMessage:
    return letters.build(
        message_id="<nidelven.abc@post.example>",
        date=AT,
        client_name="Nidelven AS",
        sender="faktura@post.example",
        reply_to="post@nidelven.example",
        recipients=["Borte@kunde.example"],
        subject="Faktura 7",
        text="Hei",
    )


def test_a_bounce_travels_from_the_mail_server_to_the_mailbox(dovecot: Dovecot) -> None:
    post = sandbox.Mail(maildir=dovecot.mails)
    post.state.bouncing = {"borte@kunde.example": "5.1.1 User unknown"}
    post.start()
    with smtp.Sender(smtp.Settings(host="127.0.0.1", port=post.port, bounce_address="retur@post.example"), tenant="x") as sender:
        sender.send(message(), ["Borte@kunde.example"])
    post.stop()
    dovecot.give_away()
    assert post.state.messages[0].sender == "retur@post.example"
    with dovecot.open() as box:
        (mail,) = box.fetch()
        (bounce,) = bounces.read(mail.content)
    assert (bounce.message_id, bounce.recipient, bounce.status) == ("<nidelven.abc@post.example>", "Borte@kunde.example", "5.1.1")


async def test_no_mail_in_the_box_stops_a_run(
    dovecot: Dovecot, ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters that no database holds, forged tenants and domains, one that cannot be recorded; ours are read all the same."""

    def mail(key: str, who: bytes = b"kari@kunde.example") -> bytes:
        lines = b"From: MAILER-DAEMON@mx.example\r\nIn-Reply-To: %s\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n"
        return lines % key.encode() + b"<%s>: 550 5.1.1 nobody\r\n" % who

    def stumble(*said: Any, **more: Any) -> Any:
        if scene.email_key(4) in said:
            raise ValueError(more["recipient"])
        return record(*said, **more)

    record = returned.record
    for number in (1, 2, 3, 4):
        scene.carry(ledger, number)
    keys = [scene.email_key(number) for number in (1, 2, 3, 4)]
    keys[1:3] = [keys[1].replace("@", ".2@"), keys[2].replace("mail.", "evil.")]
    for n, key in enumerate([*keys, keys[0].replace(scene.TENANT, "ingen-slik")]):
        dovecot.lay(f"{n}", mail(key, b"k\0+2AA-ari@kunde.example" if n == 0 else b"kari@kunde.example"))
    lines = journal.Journal(tmp_path / "journal")
    known = types.SimpleNamespace(ledger=ledger, journal=lines, bounce_box=dovecot.open)
    monkeypatch.setattr(connect, "current", lambda: known)
    monkeypatch.setattr(clock, "now", lambda: scene.NOW)
    monkeypatch.setattr(returned, "record", stumble)
    monkeypatch.setenv("FAKTURABRO_MAIL_DOMAIN", "mail.example")
    monkeypatch.setattr(installation, "current", installation.Installation)
    slot = runs.Slot(scene.TENANT, "flow", scene.NOW, "run", scene.TODAY, (), dry_run=False)
    batch = await station.read_bounces.fn(runs.Batch(slot))
    assert (batch.counts, len(batch.failures)) == ({"bounced": 2}, 1)
    due = fallbacks.find_due(ledger, scene.TENANT, lambda _: False)
    assert [one.document_id for one in due] == [1, 2]
    aside = [path for path in (dovecot.mails / ".Lest av Fakturabro").rglob("*") if path.parent.name in ("cur", "new")]
    assert sorted(path.name.endswith(":2,S") for path in aside) == [False, False, False, True, True]
    assert len(list(lines.scan(scene.TENANT, journal_lines.NEWS, ""))) == 2
    assert list(lines.scan("ingen-slik", journal_lines.NEWS, "")) == []


@pytest.mark.parametrize("changed", [{"password": "feil"}, {"username": "ukjent"}, {"folder": "Finnes ikke"}])
def test_a_wrong_setting_is_for_operators(changed: dict[str, object], dovecot: Dovecot) -> None:
    with pytest.raises(errors.CredentialError, match=r"127\.0\.0\.1") as caught, dovecot.open(**changed):
        pass
    assert PASSWORD not in f"{caught.value}{dovecot.settings()!r}"


def test_a_server_that_we_do_not_trust_is_told_nothing(dovecot: Dovecot) -> None:
    with pytest.raises(errors.Unavailable, match="SSLCert"), mailbox.Mailbox(dovecot.settings()):
        pass


def hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def test_a_server_that_is_away_or_falls_silent_is_asked_again_later(dovecot: Dovecot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=hang_up, args=[listener], daemon=True).start()
        with pytest.raises(errors.Unavailable), dovecot.open(port=port):
            pass
    with pytest.raises(errors.Unavailable), dovecot.open(port=port):
        pass


def test_mail_is_sent_encrypted_and_under_a_name_to_a_server_that_we_trust(dovecot: Dovecot) -> None:
    given: list[object] = []

    def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
        given.append(data)
        return AuthResult(success=True)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(dovecot.folder / "cert.pem", dovecot.folder / "key.pem")
    post = sandbox.Mail()
    post._controller.SMTP_kwargs |= {"tls_context": context, "authenticator": authenticate, "auth_required": True}
    post.start()
    settings = smtp.Settings(
        host="127.0.0.1", port=post.port, starttls=True, username="oss", password="svært hemmelig", seconds=5.0
    )
    try:
        with smtp.Sender(settings, tenant="x", tls=dovecot.tls) as sender:
            assert sender.send(message(), ["kari@kunde.example"]).accepted
        with smtp.Sender(settings, tenant="x") as stranger, pytest.raises(errors.Unavailable, match="SSLCert"):
            stranger.send(message(), ["kari@kunde.example"])
    finally:
        post.stop()
    assert given == [LoginPassword(b"oss", "svært hemmelig".encode())]
    assert len(post.state.messages) == 1
