"""The part of a tenant's bank options that says where files are, what they are called, and who stands as their sender."""

from __future__ import annotations

import pathlib
import re
import string
from typing import Annotated, Literal

import pydantic

from fakturabro.domain import payments
from fakturabro.systems.bank import patterns

_EXAMPLES = {"message_id": "A1", "date": "20261123", "content": "0a1b2c3d4e5f"}
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


class FileNames(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Which names are files of one kind."""

    kind: Annotated[
        patterns.BankKind,
        pydantic.Field(
            title="Hva",
            description="remittance: pain.001. payment_list: betalingsliste. status: pain.002. debits: camt.054 ut. credits: "
            "camt.054 inn. statement: camt.053. ocr_giro: OCR-giro. mandates: FBO-fil. telepay: returfil i Telepay.",
        ),
    ]
    glob: Annotated[
        str, pydantic.Field(title="Navn", description="Mønster, som `P.*.P002.*.XML`. Store og små bokstaver likt.", min_length=1)
    ]


class FolderOptions(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Two folders that are shared with somebody: one to take files from, one to put files into. An empty one is not used."""

    take_from: Annotated[
        str, pydantic.Field(title="Hentes fra", description="Mappen som filer tas fra. På disk: full sti. Tomt felt: ingen hentes.")
    ] = ""
    put_into: Annotated[
        str, pydantic.Field(title="Legges i", description="Mappen som filer legges i. På disk: full sti. Tomt felt: ingen legges.")
    ] = ""
    names: Annotated[
        tuple[FileNames, ...],
        pydantic.Field(title="Filnavn", description="Hvilke navn som tas, og hva de er. Den første som passer, gjelder."),
    ] = ()
    trigger_in: Annotated[
        str,
        pydantic.Field(
            title="Signalfil inn", description="Endelsen på filen som sier at en fil er ferdig, som .ok. Tomt felt: ro."
        ),
    ] = ""
    trigger_out: Annotated[
        str,
        pydantic.Field(title="Signalfil ut", description="Endelsen på filen som vi skriver sist, som .trigger. Tomt felt: ingen."),
    ] = ""
    quiet_minutes: Annotated[
        int,
        pydantic.Field(title="Ro (minutter)", description="Så lenge må en fil ha ligget urørt før den tas.", ge=0, le=60),
    ] = 2
    largest_mb: Annotated[
        int, pydantic.Field(title="Største fil (MB)", description="En større fil settes til side.", ge=1, le=4000)
    ] = 2000
    keeps: Annotated[
        bool, pydantic.Field(title="Behold lest", description="Ferdige filer flyttes til lest/. Avslått: de fjernes.")
    ] = True
    moves: Annotated[
        bool,
        pydantic.Field(
            title="Vi kan flytte", description="Avslått der banken bare lar oss lese og fjerne: da gjøres ingen krav på filen."
        ),
    ] = True
    remembers: Annotated[
        bool,
        pydantic.Field(
            title="Vi kan lage mapper", description="Avslått der banken ikke lar oss lage mappen .sendt i mappen vi legger i."
        ),
    ] = True


class SftpServer(pydantic.BaseModel, frozen=True, extra="forbid"):
    """The bank's server. Key or password is a secret: {tenant}.bank_sftp.key or {tenant}.bank_sftp.password."""

    host: Annotated[str, pydantic.Field(title="Vert", min_length=1)]
    username: Annotated[str, pydantic.Field(title="Bruker", min_length=1)]
    host_key: Annotated[
        str,
        pydantic.Field(
            title="Vertsnøkkel", description="Avtalt med banken: «ssh-ed25519 AAAA…». Ingen annen godtas.", min_length=1
        ),
    ]
    port: Annotated[int, pydantic.Field(title="Port", ge=1, le=65535)] = 22
    seconds: Annotated[
        float, pydantic.Field(title="Tid (sekunder)", description="For tilkobling, og for hvert svar.", ge=1, le=300)
    ] = 30.0


class Initiator(pydantic.BaseModel, frozen=True, extra="forbid"):
    """Who sends the files to the bank, as agreed with it."""

    name: Annotated[str, pydantic.Field(title="Navn", min_length=1, max_length=140)]
    identifier: Annotated[
        str, pydantic.Field(title="Kundenummer eller avtale", description="Slik banken kjenner avsenderen.", max_length=35)
    ] = ""
    identifier_scheme: Annotated[
        Literal["CUST", "BANK"], pydantic.Field(title="Type", description="CUST: kundenummer. BANK: avtale med banken.")
    ] = "CUST"

    @property
    def party(self) -> payments.Party:
        """As it stands in our files."""
        scheme = self.identifier_scheme if self.identifier else ""
        return payments.Party(name=self.name, identifier=self.identifier, identifier_scheme=scheme)


class BankConnection(pydantic.BaseModel, frozen=True, extra="forbid"):
    """How files go to the bank and come from it."""

    folders: Annotated[FolderOptions, pydantic.Field(title="Mapper", description="Bankens mapper, sett fra oss.")]
    sftp: Annotated[
        SftpServer | None,
        pydantic.Field(
            title="SFTP", description="Bankens server. Tomt: mappene ligger på denne maskinen, for den som bruker nettbanken."
        ),
    ] = None
    initiator: Annotated[Initiator, pydantic.Field(title="Avsender", description="Står i hver fil til banken.")]
    version: Annotated[
        Literal["pain.001.001.03", "pain.001.001.09"], pydantic.Field(title="Versjon", description="Den som banken tar imot.")
    ] = "pain.001.001.09"
    takes: Annotated[
        tuple[Literal["pain.001.001.03", "pain.001.001.09"], ...],
        pydantic.Field(title="Sendes urørt", description="Versjoner som en ren fil fra regnskapet sendes videre i, byte for byte."),
    ] = ("pain.001.001.09", "pain.001.001.03")
    file_name: Annotated[
        str,
        pydantic.Field(
            title="Filnavn ut",
            description="Med {message_id} eller {content} (tolv tegn som innholdet gir), og gjerne {date}. Et navn brukes én gang.",
        ),
    ] = "P001.{message_id}.xml"
    proof: Annotated[
        Literal["debits", "statement"],
        pydantic.Field(title="Bevis for betaling", description="debits: camt.054 ut. statement: bare kontoutskriften (camt.053)."),
    ] = "debits"
    credits: Annotated[
        Literal["ocr_giro", "credits", "statement"],
        pydantic.Field(
            title="Innbetalinger leses av",
            description="Én slik, for samme penger står i alle: ocr_giro, credits (camt.054 inn) eller statement (camt.053). De "
            "andre filene videresendes bare.",
        ),
    ] = "ocr_giro"

    @pydantic.field_validator("file_name")
    @classmethod
    def _names_each_file(cls, pattern: str) -> str:
        try:
            used = {field for _, field, _, _ in string.Formatter().parse(pattern) if field is not None}
            example = pattern.format(**_EXAMPLES) if used <= _EXAMPLES.keys() else ""
        except (ValueError, LookupError):
            used, example = set[str](), ""
        if not used & {"message_id", "content"} or not _SAFE_NAME.fullmatch(example):
            raise ValueError(f"{pattern!r} names no file: use {{message_id}} or {{content}}, and letters, digits, '.', '-' and '_'")
        return pattern

    @pydantic.model_validator(mode="after")
    def _paths_are_whole(self) -> BankConnection:
        if self.sftp is None:
            require_absolute(self.folders)
        return self


def require_absolute(folders: FolderOptions) -> None:
    """Raises ValueError for a folder on this machine that has no full path, or that is both sides."""
    for path in (folders.take_from, folders.put_into):
        if path and not pathlib.PurePosixPath(path).is_absolute():
            raise ValueError(f"{path!r} is no full path: begin with '/'")
    if folders.take_from and folders.take_from == folders.put_into:
        raise ValueError(f"{folders.take_from!r} is both taken from and put into: two folders are needed")
