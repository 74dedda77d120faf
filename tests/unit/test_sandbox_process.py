"""All sandboxes as one process, the shared rate window, and the counting of faults."""

from __future__ import annotations

import json
import pathlib
import signal
import stat
import subprocess
import sys
import time

import httpx
from starlette.responses import Response

from sandboxes import faults, rates

ROOT = pathlib.Path(__file__).parents[2]


def test_the_process_writes_its_addresses_and_stops_on_sigterm(tmp_path: pathlib.Path) -> None:
    state = tmp_path / "state.json"
    command = [
        sys.executable,
        "-m",
        "sandboxes.main",
        "--folder",
        str(tmp_path),
        "--state",
        str(state),
        "--base-date",
        "2026-11-23",
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 20
        while not state.exists() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        told = json.loads(state.read_text(encoding="utf-8"))
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        assert told["pid"] == process.pid
        assert len(httpx.get(f"{told['poweroffice']['v2_control_url']}/expected").json()) > 80
        for name in ("factoring", "access_point"):
            assert httpx.get(f"{told[name]['url']}/sandbox/counters").json()["throttled"] == 0
        assert httpx.get(f"{told['mail']['control_url']}/messages").json() == []
        assert pathlib.Path(told["print"]["folder"]).is_dir()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_the_window_slides() -> None:
    now = 100.0
    window = rates.Window(2, clock=lambda: now)
    assert [window.accepts("a"), window.accepts("a"), window.accepts("a"), window.accepts("b")] == [True, True, False, True]
    now = 100.999
    assert not window.accepts("a")
    now = 101.0
    assert window.accepts("a")


def test_a_fault_waits_its_turn_and_is_used_up() -> None:
    book = faults.Book(throttled=Response, error=Response)
    book.add(faults.Fault(kind="error", path="/Factoring/delivered", method="post", times=2, skip=1))
    taken = [
        book.take(method, path) for method, path in [("GET", "/factoring/Delivered/"), *[("POST", "/factoring/delivered/")] * 4]
    ]
    assert [fault is not None for fault in taken] == [False, False, True, True, False]
    assert book.faults == []
