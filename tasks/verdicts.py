"""What reading back shows of a delivery in doubt."""

from __future__ import annotations

import msgspec

from tasks import messages


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What reading back showed: "accepted", "planned" (certainly not there) or "rejected" (something else stands there)."""

    outcome: str
    answer: bytes = b""
    detail: str = ""


ABSENT = Verdict(outcome="planned", detail=messages.NOT_THERE)
