"""Letters through a partner's real SFTP server, from the intake to the receipt; and a letter that would not fit its envelope."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import asyncssh
import pytest
import sqlalchemy as sa

from fakturabro.formats.invoice_pdf import ink
from fakturabro.ledger import operations, tables
from flows import poweroffice_factoring
from sandboxes import print_partner
from tasks import installation
from tests.unit import openssh


def use(site: Any, monkeypatch: pytest.MonkeyPatch, server: openssh.Server, host_key: str) -> None:
    known = server.settings
    settings = {"HOST": known.host, "PORT": str(known.port), "USER": known.username, "FOLDER": known.folder, "HOST_KEY": host_key}
    for name, value in settings.items():
        monkeypatch.setenv(f"FAKTURABRO_PRINT_SFTP_{name}", value)
    monkeypatch.setenv("FAKTURABRO_PRINT_RECEIPTS", "true")
    site.secret("print_sftp.key", known.private_key)
    installation.current.cache_clear()


def left(folder: pathlib.Path) -> list[str]:
    return sorted(path.suffix for path in folder.glob("nidelven-*"))


async def test_a_letter_goes_by_sftp_and_its_receipt_comes_back(
    site: Any, server: openssh.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(5019)
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    use(site, monkeypatch, server, stranger)
    refused = await site.intake()
    assert refused.is_failed() and "annen vertsnøkkel" in refused.message, refused.message
    assert (site.states(5019)["distribute"], left(server.folder)) == ("planned", [])
    use(site, monkeypatch, server, server.settings.host_key)
    assert (await site.intake()).is_completed()
    assert (site.states(5019)["distribute"], left(server.folder)) == ("accepted", [".json", ".ok", ".pdf"])
    (server.folder / ".replies.json").write_text(json.dumps({"*": "rejected: mangler postnummer"}))
    print_partner.PrintPartner(server.folder).receive()
    with site.plain():
        read = await poweroffice_factoring.letter_fallback("nidelven", site.options)
    assert "1 kvittering fra trykkeriet" in read.message, read.message
    with site.engine.connect() as connection:
        table = operations.print_receipt
        assert connection.execute(sa.select(table.c.state, table.c.detail)).all() == [("rejected", "mangler postnummer")]
    assert site.states(5019)["distribute"] == "accepted"


async def test_a_letter_that_does_not_fit_its_envelope_is_refused(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5019)
    monkeypatch.setattr(ink, "WINDOW", ink.Box(20.0, 60.0, 105.0, 81.0))
    await site.intake()
    assert (site.states(5019)["distribute"], site.letters()) == ("rejected", [])
    with site.engine.connect() as connection:
        log = tables.transfer_log
        (said,) = connection.execute(sa.select(log.c.detail).where(log.c.outcome == "rejected")).scalars()
    assert said.startswith("Brevet kan ikke trykkes: Side 1: i konvoluttens vindu")
