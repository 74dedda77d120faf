"""The folders of a tenant's bank and of the accounting system beside it, by its options; the key of the bank's server is a secret.

They are closed with the run. Everything blocks, so it is used in threads.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import pathlib
from collections.abc import Sequence

from fakturabro.remote import folders, sftp
from fakturabro.systems.bank import inbox, outbox, patterns
from tasks import connect, kept_secrets
from tasks.bank import options as bank_options
from tasks.bank import places as bank_places

_options: contextvars.ContextVar[bank_options.BankOptions] = contextvars.ContextVar("bank_options")


def use(chosen: bank_options.BankOptions) -> None:
    """Let stations that know no options, such as the one that settles doubt, find this run's by `options_of_run`."""
    _options.set(chosen)


def options_of_run() -> bank_options.BankOptions | None:
    """The options of the run that is going on; None outside of the bank's flows, where its folders cannot be asked."""
    return _options.get(None)


def bank_inbox(chosen: bank_options.BankOptions, kinds: Sequence[patterns.Kind] = ()) -> inbox.Inbox | None:
    """What the bank leaves for us, of these kinds (none named: all); None where nothing is taken from it."""
    return _inbox(chosen.bank.folders, chosen.bank.sftp, kinds)


def bank_outbox(chosen: bank_options.BankOptions) -> outbox.Outbox | None:
    """What we leave for the bank; None where nothing is put into its folder."""
    return _outbox(chosen.bank.folders, chosen.bank.sftp)


def accounting_inbox(chosen: bank_options.BankOptions, kinds: Sequence[patterns.Kind] = ()) -> inbox.Inbox | None:
    """What the accounting system leaves for us."""
    return _inbox(chosen.accounting.folders, None, kinds)


def accounting_outbox(chosen: bank_options.BankOptions) -> outbox.Outbox | None:
    """What we leave for the accounting system."""
    return _outbox(chosen.accounting.folders, None)


def taken_from(chosen: bank_options.BankOptions) -> list[str]:
    """The folders that a tenant's files are taken out of, the server's as user@host:path."""
    server, there = chosen.bank.sftp, chosen.bank.folders.take_from
    bank = f"{server.username}@{server.host}:{there}" if server and there else there
    return [one.rstrip("/") for one in (bank, chosen.accounting.folders.take_from) if one]


def place(chosen: bank_options.BankOptions) -> str:
    """Where files go to the bank: what a file that left is looked for at, and nowhere else."""
    server = chosen.bank.sftp
    return f"{f'{server.username}@{server.host}:{server.port}' if server else ''}/{chosen.bank.folders.put_into.lstrip('/')}"


def _inbox(
    options: bank_places.FolderOptions, server: bank_places.SftpServer | None, kinds: Sequence[patterns.Kind]
) -> inbox.Inbox | None:
    if not options.take_from:
        return None
    settings = inbox.Settings(
        patterns=tuple(patterns.Pattern(one.kind, one.glob) for one in options.names),
        takes=tuple(kinds),
        trigger=options.trigger_in,
        quiet=dt.timedelta(minutes=options.quiet_minutes),
        limit=options.largest_mb * 1_000_000,
        keeps=options.keeps,
        moves=options.moves,
        signature=".sig",
    )
    return inbox.Inbox(_open(options.take_from, server), settings)


def secrets_of(chosen: bank_options.BankOptions) -> list[tuple[str, ...]]:
    """The secrets that a tenant's options ask for; of each group, one is enough."""
    accounting, found = chosen.accounting, list[tuple[str, ...]]()
    systems = {accounting.system, accounting.incoming}
    if chosen.bank.sftp is not None:
        found.append(("{tenant}.bank_sftp.key", "{tenant}.bank_sftp.password"))
    if "poweroffice" in systems:
        names = ("poweroffice.application_key", "poweroffice.subscription_key", "{tenant}.poweroffice_client_key")
        found += [(name,) for name in names]
    if "fortnox" in systems:
        names = ("fortnox.client_id", "fortnox.client_secret")
        found += [(name,) for name in (*names, *([] if accounting.api.fortnox_tenant else ["{tenant}.fortnox_refresh_token"]))]
    if accounting.incoming == "factoring":
        found.append(("factoring.key",))
    return found


def _outbox(options: bank_places.FolderOptions, server: bank_places.SftpServer | None) -> outbox.Outbox | None:
    if not options.put_into:
        return None
    return outbox.Outbox(_open(options.put_into, server), trigger=options.trigger_out, remembers=options.remembers)


def _open(path: str, server: bank_places.SftpServer | None) -> folders.Folder:
    if server is None:
        return folders.DiskFolder(pathlib.Path(path))
    connections = connect.current()
    key, password = f"{connections.tenant}.bank_sftp.key", f"{connections.tenant}.bank_sftp.password"
    by_key = kept_secrets.is_there(key)
    settings = sftp.Settings(
        host=server.host,
        port=server.port,
        username=server.username,
        host_key=server.host_key,
        private_key=kept_secrets.read(key) if by_key else "",
        password="" if by_key else kept_secrets.read(password),
        folder=path,
        seconds=server.seconds,
    )
    return connections.keep_open(sftp.SftpFolder(settings, tenant=connections.tenant))
