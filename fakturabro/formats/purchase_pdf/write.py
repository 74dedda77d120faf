"""Several files to one PDF. A file that cannot be read is left out and named; it never takes the others with it.

Takes a third of a second, at most some minutes whatever the files are; memory as large as the files a few times over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import msgspec

from fakturabro.formats.purchase_pdf import joining

_SECONDS = 90.0
_LARGEST = 50_000_000
Part = tuple[str, bytes]
"""A file's name and bytes."""


class UnreadableError(ValueError):
    """None of the files can become a page; `left_out` says why of each."""

    def __init__(self, left_out: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in left_out))
        self.left_out = tuple(left_out)


def merge(parts: Sequence[Part]) -> joining.Joined:
    """The parts as one PDF in their order, and those that are not in it with the reason, in Norwegian. Raises UnreadableError.

    Blocks; each call has a process of its own.
    """
    too_large = [(name, "filen er for stor") for name, data in parts if len(data) > _LARGEST]
    rest = [one for one in parts if len(one[1]) <= _LARGEST]
    joined = _join(rest)
    if joined is None:  # one of them is made to exhaust whoever opens it: each is tried by itself
        too_heavy = [one for one in rest if _join([one]) is None]
        too_large += [(name, "filen lar seg ikke åpne innenfor rimelig tid og minne") for name, _ in too_heavy]
        joined = _join([one for one in rest if one not in too_heavy])
    left_out = (*too_large, *(joined.left_out if joined else ()))
    if joined is None or not joined.pages or len(joined.pdf) > _LARGEST:
        raise UnreadableError(left_out or [(name, "filene er for store til sammen") for name, _ in parts])
    return msgspec.structs.replace(joined, left_out=left_out)


def _join(parts: Sequence[Part]) -> joining.Joined | None:
    """None where the process did not survive it. It knows nothing of us but where its own code is."""
    if not parts:
        return joining.Joined(pdf=b"", pages=0)
    with tempfile.TemporaryDirectory(prefix="fakturabro-purchase-") as folder:  # goes though the process be killed
        known = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.defpath, "LC_ALL": "C.UTF-8", "TMPDIR": folder}
        try:
            said = subprocess.run(
                [sys.executable, "-m", "fakturabro.formats.purchase_pdf"],
                input=msgspec.msgpack.encode(list(parts)),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=known,
                timeout=_SECONDS,
                check=False,
            )
            return msgspec.msgpack.decode(said.stdout, type=joining.Joined) if said.returncode == 0 else None
        except (subprocess.TimeoutExpired, msgspec.DecodeError):
            return None
