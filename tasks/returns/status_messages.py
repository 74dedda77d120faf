"""The Norwegian sentences about factoring statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_NAMED = 5
SAID: Mapping[str, str] = {
    "DELIVERED": "Åpen igjen hos factoringselskapet",
    "COMPLAINED": "Skyldneren har en innsigelse",
    "COMPLETED": "Gjort opp hos factoringselskapet",
    "FORFEIT": "Factoringselskapet har gitt opp resten av kravet",
}
"""What the client reads beside a status in PowerOffice."""


def refused(reasons: Sequence[str]) -> str:
    """What the run says of refused statuses, once."""
    more = f" Og {len(reasons) - _NAMED} til." if len(reasons) > _NAMED else ""
    return f"PowerOffice godtok ikke alle statusene: {' '.join(reasons[:_NAMED])}{more} Det forsøkes ikke igjen før noe endrer seg."


def unsure(number: int) -> str:
    """For the log."""
    return f"Faktura {number}: vi vet ikke om PowerOffice tok imot status. Det sees etter i neste kjøring."
