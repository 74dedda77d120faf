"""The options of the folder that movement lists lie in."""

from __future__ import annotations

import pathlib
from typing import Annotated

import pydantic


class ListFolder(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The folder that the factoring system's movement lists (CSV) are taken from. No other tenant's files lie there."""

    take_from: Annotated[str, pydantic.Field(title="Hentes fra", description="Mappens fulle sti på denne maskinen.", pattern="^/.")]
    names: Annotated[
        tuple[Annotated[str, pydantic.Field(min_length=1)], ...],
        pydantic.Field(title="Filnavn", description="Mønstre for navnene som tas. Store og små bokstaver likt.", min_length=1),
    ] = ("*.csv",)
    trigger: Annotated[
        str,
        pydantic.Field(title="Signalfil", description="Endelsen på filen som sier at en fil er ferdig, som .ok. Tomt felt: ro."),
    ] = ""
    quiet_minutes: Annotated[
        int, pydantic.Field(title="Ro (minutter)", description="Så lenge må en fil ha ligget urørt før den tas.", ge=0, le=60)
    ] = 2
    keeps: Annotated[
        bool, pydantic.Field(title="Behold lest", description="Ferdige filer flyttes til lest/. Avslått: de fjernes.")
    ] = True

    @pydantic.field_validator("take_from")
    @classmethod
    def _has_one_spelling(cls, path: str) -> str:
        """So that two tenants' folders can be compared."""
        return str(pathlib.PurePosixPath(path))
