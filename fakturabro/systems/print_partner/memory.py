"""What was handed over, remembered in the partner's folder: `.submitted/<job>/`, with the sha256 of the job's index.

Beside it stands the job's turn, `<sha256>.turn`. The turn moved out as `<job>.ok` is the hand-over: one step, that succeeds once
however many try it. A turn that stands there has not been used; one that was withdrawn stands as `void`.
"""

from __future__ import annotations

import secrets

from fakturabro.remote import errors, folders
from fakturabro.systems.print_partner import messages

_FOLDER = ".submitted"
_LIMIT = 100


class Memory:
    """The memory of one partner's folder. Raises what the folder raises."""

    def __init__(self, folder: folders.Folder) -> None:
        self._folder = folder

    def find(self, job_id: str) -> str | None:
        """The sha256 of a job that was handed over, None when certainly nothing was."""
        at = f"{_FOLDER}/{job_id}"
        sha256 = self._read(at)
        if sha256 is None or self._folder.has(f"{at}/{sha256}.turn") or self._folder.has(f"{at}/void"):
            return None
        return self._read(at)  # another writer may just have withdrawn all of it

    def claim(self, job_id: str, sha256: str) -> None:
        """Begin, or go on with what was begun with the same content; other content that was never handed over is forgotten."""
        at = f"{_FOLDER}/{job_id}"
        self._folder.make(_FOLDER)
        for _ in range(2):
            if self._begin(at, sha256) or (self._read(at) == sha256 and self._folder.has(f"{at}/{sha256}.turn")):
                return
            self.withdraw(job_id)
        raise errors.Unavailable(messages.another_writes(job_id))

    def hand_over(self, job_id: str, sha256: str) -> bool:
        """Use the turn: `<job>.ok` stands. False when it was used or withdrawn before. Raises Uncertain."""
        return self._folder.move(f"{_FOLDER}/{job_id}/{sha256}.turn", f"{job_id}.ok")

    def withdraw(self, job_id: str) -> bool:
        """Forget what was begun and not handed over; False when it was handed over."""
        at = f"{_FOLDER}/{job_id}"
        sha256 = self._read(at)
        if sha256 and not self._folder.move(f"{at}/{sha256}.turn", f"{at}/void") and not self._folder.has(f"{at}/void"):
            return False
        gone = self._name(job_id)
        if self._folder.move(at, gone):
            self._discard(gone, "void")
        return True

    def _begin(self, at: str, sha256: str) -> bool:
        """Sum and turn together, in one step; False when something stands there."""
        making = self._name(at.rpartition("/")[2])
        self._folder.make(making)
        self._folder.write(f"{making}/sha256", sha256.encode())
        self._folder.write(f"{making}/{sha256}.turn", f"{sha256}\n".encode())
        if self._folder.move(making, at):
            return True
        self._discard(making, f"{sha256}.turn")
        return False

    def _discard(self, at: str, other: str) -> None:
        for path in (f"{at}/{other}", f"{at}/sha256", at):
            self._folder.remove(path)

    def _read(self, at: str) -> str | None:
        found = self._folder.read(f"{at}/sha256", _LIMIT)
        return found.decode("ascii", "replace") if found else None

    def _name(self, job_id: str) -> str:
        """Of a folder that is nobody's."""
        return f"{_FOLDER}/.{job_id}.{secrets.token_hex(8)}"
