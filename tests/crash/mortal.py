"""An installation whose processes can be killed and started again, with the gateway and a tenant's file that names an approver."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import pathlib
from typing import Any

import httpx
import psutil

from console import serving
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as send_journal
from tests.crash import counterparts, ledgers, person

_IMPATIENT = {
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "1",
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
}
"""What Prefect's server looks at every 15 and every 30 seconds."""
_LONG_AGO = "2001-01-01T00:00:00+00:00"


class Mortal(serving.Installation):
    """Sandboxes, PostgreSQL, Prefect's server, two workers and the gateway."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder, database="postgresql", keep=False)
        self.secret("ledger.key", base64.b64encode(ledgers.KEY).decode())  # the judge opens what is sealed
        self.environment |= _IMPATIENT
        self.tenants = self.folder / serving.SANDBOX_TENANTS.name
        approvers = f"approvers:\n  - {{name: Siv Aamodt, email: {person.ADDRESS}}}\n"
        asked, attached = "      options: &nidelven_options\n", "        distribution: {email_alternative: alternativ 2}\n"
        content = serving.SANDBOX_TENANTS.read_text(encoding="utf-8").replace(asked, asked + attached)  # what a person must decide
        self.tenants.write_text(content + approvers, encoding="utf-8")

    @property
    def journal(self) -> pathlib.Path:
        """The folder of the send journal."""
        return self.folder / "journal"

    def start(self, base_date: str) -> None:
        """Start all of it, and invite the approver. Raises ServingError, PostgresError."""
        super().start(base_date)
        self._run("enrol", "-m", "console.main", "enrol", counterparts.TENANT, person.ADDRESS)

    def invite_client(self) -> None:
        """Mail the client a link for its PowerOffice key."""
        self._run("connect", "-m", "console.main", "connect", counterparts.TENANT, person.CLIENT)

    def find_process(self, run: str) -> psutil.Process | None:
        """The process that runs this flow run, below one of the workers."""
        workers = [psutil.Process(child.pid) for known, child in self._children if known.startswith("prefect-worker")]
        for child in itertools.chain.from_iterable(worker.children(recursive=True) for worker in workers):
            with contextlib.suppress(psutil.Error):
                if child.environ().get("PREFECT__FLOW_RUN_ID", "") == run:
                    return child
        return None

    def kill(self, name: str) -> None:
        """kill -9."""
        for known, child in self._children:
            if known.startswith(name):
                child.kill()
                child.wait()

    def restart(self, name: str) -> None:
        """Start again what was killed."""
        fallen = [(known, child) for known, child in self._children if known.startswith(name)]
        self._children = [pair for pair in self._children if pair not in fallen]
        for known, child in fallen:
            self._spawn(known, *child.args[1:])
        if name == "prefect-server":
            self._await(name, lambda: httpx.get(f"{self.api}/health", timeout=2).status_code == 200)
        if name == "gateway":
            self._await(name, self._is_gateway_ready)

    def let_lease_run_out(self, lease: str) -> None:
        """As if the five minutes had passed for which Prefect leases a deployment's slot; the rest is the server's own doing."""
        folder = pathlib.Path(self.environment["PREFECT_HOME"]) / "concurrency_leases"
        file, index = folder / f"{lease}.json", folder / "expirations.json"
        if file.exists():
            _rewrite(file, {**json.loads(file.read_text(encoding="utf-8")), "expiration": _LONG_AGO})
            _rewrite(index, {**json.loads(index.read_text(encoding="utf-8")), lease: _LONG_AGO})

    def has_left_without_answer(self, run: str) -> bool:
        """Whether the send journal knows of something that this run has sent and got no answer to."""
        kinds = (journal_lines.Reserve, journal_lines.Left, journal_lines.Answered)
        mine: list[Any] = []
        reserved = 0
        for line in send_journal.Journal(self.journal).scan(counterparts.TENANT, kinds):
            if isinstance(line, journal_lines.Reserve):
                reserved += line.run == run
            elif reserved:
                mine.append(line)
        left = {line.line for line in mine if isinstance(line, journal_lines.Left)}
        return bool(left - {line.line for line in mine if isinstance(line, journal_lines.Answered)})


def _rewrite(file: pathlib.Path, content: Any) -> None:
    """All at once, as Prefect does it."""
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(file)
