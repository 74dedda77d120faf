"""What the product speaks to while it is measured: all sandboxes with many invoices, and a Prefect server, in other processes."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks import homes, material, rows
from sandboxes.main import Sandboxes

_PATIENCE = 60.0


def main() -> None:
    """`python -m benchmarks.sites FOLDER COUNT`: serve until the standard input ends; the first line out has the addresses."""
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    boxes = Sandboxes(folder, base_date=material.DAY)
    client = boxes.seeded.clients[material.COMPANY.client_key]
    client.invoices.clear()
    for invoice in material.invoices(count):
        client.add(invoice)
    with boxes:
        print(json.dumps(boxes.addresses()), flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def sandboxes(count: int) -> Iterator[dict[str, Any]]:
    """Addresses and keys of sandboxes whose first client has `count` invoices."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.sites", folder, str(count)]
        with subprocess.Popen(command, cwd=rows.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as served:  # noqa: S603 - our own arguments
            assert served.stdout
            try:
                yield json.loads(served.stdout.readline())
            finally:
                served.terminate()


@contextlib.contextmanager
def prefect_server() -> Iterator[dict[str, str]]:
    """The environment of a fresh Prefect server on SQLite."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-prefect-") as folder, socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        one.close()
        api = f"http://127.0.0.1:{port}/api"
        environment = {**os.environ, **homes.QUIET, "PREFECT_HOME": folder, "PREFECT_API_URL": api}
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, cwd=folder, env=environment, **quiet) as served:  # noqa: S603 - our own arguments
            try:
                _await(f"{api}/health")
                yield {name: environment[name] for name in ("PREFECT_HOME", "PREFECT_API_URL", *homes.QUIET)}
            finally:
                served.terminate()


def _await(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).status_code == 200:
                return
        time.sleep(0.2)
    raise rows.MeasuringError(f"the Prefect server did not answer within {_PATIENCE:.0f} s")


if __name__ == "__main__":
    main()
