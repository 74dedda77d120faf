"""The Norwegian sentences of this package."""

from __future__ import annotations

import uuid


def stands_already(message_id: uuid.UUID) -> str:
    return f"Meldingen {message_id} er allerede hos aksesspunktet."


def another_stands(message_id: uuid.UUID) -> str:
    return f"Aksesspunktet har allerede en annen melding med id {message_id}. Avklar med distribusjonspartneren før noe sendes."
