"""kill -9 of a process that appends to the send journal: what it was told is on disk is there, and the chain is whole."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
import signal
import subprocess
import sys
import time

import pytest

from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal

ROOT = pathlib.Path(__file__).parent.parent.parent
KILLS, MOST = 10, 60
"""How many there are, and how many may be needed until one has torn a line: with luck none of ten does."""
CHILD = """
import datetime as dt, os, pathlib, sys, time
from fakturabro.ledger.journal import lines as journal_lines, sendings as journal
now = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
one = journal.Journal(pathlib.Path(sys.argv[1]), file_size=60_000)
sendings = [
    journal_lines.Sending(delivery=n, document=n, source="poweroffice", source_key=f"id-{n}", natural_key=f"4711/invoice/{n}")
    for n in range(40)
]
real = os.pwrite
def slowly(descriptor, data, at):
    "In pieces, as a disk may take it, so that the kill finds lines half written."
    time.sleep(0.001)
    return real(descriptor, data[:500], at)
os.pwrite = slowly
while True:
    line = one.reserve("nordlys", sys.argv[2], "book", "factoring:4711", sendings, now)
    os.write(1, f"{line}\\n".encode())
    one.left("nordlys", line, now)
    os.write(1, f"left {line}\\n".encode())
"""


def kill_while_writing(folder: pathlib.Path, number: int, wait: float) -> list[str]:
    """What the child reported before it was killed."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, folder, f"run-{number}"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(wait)
    child.kill()
    rest = child.stdout.read()
    assert child.wait(30) == -signal.SIGKILL
    return [line for line in (first + rest).splitlines(keepends=False) if line]


def count_cuts(folder: pathlib.Path) -> int:
    """How many lines were found half written by whoever wrote next."""
    return sum(file.read_bytes().count(b'"kind":"cut"') for file in folder.glob("*.jsonl"))


@pytest.mark.parametrize("together", [1, 2])
def test_what_a_killed_writer_reported_is_there_and_the_chain_is_whole(tmp_path: pathlib.Path, together: int) -> None:
    """Alone, and beside another writer that goes on over what the killed one left."""
    dice = random.Random(together)  # noqa: S311 when to kill is no secret
    beside = [
        subprocess.Popen([sys.executable, "-c", CHILD, tmp_path, "beside"], stdout=subprocess.DEVNULL, cwd=ROOT)
        for _ in range(together - 1)
    ]
    try:
        reported: list[str] = []
        for number in range(MOST):
            if number >= KILLS and count_cuts(tmp_path):
                break
            reported += kill_while_writing(tmp_path, number, dice.random() * 0.03)
    finally:
        for other in beside:
            other.kill()
            other.wait()
    one = journal.Journal(tmp_path)
    assert one.verify() == []
    left = {line.line for line in one.scan("nordlys", [journal_lines.Left]) if isinstance(line, journal_lines.Left)}
    assert len(reported) >= KILLS
    for line in reported:
        word, _, name = line.rpartition(" ")
        assert isinstance(one.find(name), journal_lines.Reserve)
        assert not word or name in left
    one.left("nordlys", "after", dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC))
    assert one.verify() == []
    assert count_cuts(tmp_path), "no kill tore a line, so this test has shown nothing"
