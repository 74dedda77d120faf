"""`fakturabro show`: a document's whole life on the screen, as JSON, or as a zip that can be checked without us.

Every look stands in the ledger before anything is shown. On the screen identity numbers are masked and nothing can steer the
terminal; the zip holds the bytes as they were.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import os
import pathlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from fakturabro.domain import identity
from fakturabro.ledger import lives, opened, retention
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journals
from tasks import clock, page_messages

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TITLES = {
    "read": "Lest fra kilden",
    "found": "Funn",
    "came": "Funn som kom",
    "went": "Funn som gikk",
    "kid": "KID",
    "recipient": "Mottaker",
    "made": "Laget for utsending",
    "answer": "Sendt og besvart",
    "file": "Filer",
    "payment": "Betalingen",
    "event": "Svar fra banken",
    "allocated": "Fordelt på fakturaer",
    "movement": "Bevegelser hos factoringselskapet",
    "settlement": "Oppgjør",
    "voucher": "Bilag i PowerOffice",
    "status": "Status meldt til PowerOffice",
    "opened": "Åpnet av mottakeren",
    "objection": "Innsigelser fra mottakeren",
    "decision": "Avgjort av en person",
    "state": "Stilling nå",
    "certificate": "Regnet med i leveringsattest",
    "journal": "Linje i sendejournalen",
}
_CHECK = """\
import base64, hashlib, json, sys
said = json.load(open("manifest.json", encoding="utf-8"))
wrong = []
def sha(value, ascii=True):
    said = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii)
    return hashlib.sha256((value if isinstance(value, str) else said).encode()).hexdigest()
for one in said["files"]:
    if hashlib.sha256(open(one["path"], "rb").read()).hexdigest() != one["sha256"]:
        wrong.append(one["path"] + " er endret")
for one in [one for step in said["steps"] for one in step["contents"] if "frame" in one]:
    if json.load(open(one["frame"], encoding="utf-8"))["sha256"] != one["sha256"]:
        wrong.append("%s er ikke det som %s sier" % (one["path"], one["frame"]))
last = {}
for c in said["certificates"]:
    link = [c[n] for n in ("previous_hash", "tenant", "purpose", "currency", "run", "at", "figures")]
    if sha(link + [c[n] for n in ("counted", "ehf_rules") if c.get(n) is not None]) != c["hash"]:
        wrong.append("attest %s er endret" % c["id"])
    if last.setdefault((c["purpose"], c["currency"]), c["previous_hash"]) != c["previous_hash"]:
        wrong.append("kjeden er brutt foran attest %s" % c["id"])
    last[c["purpose"], c["currency"]] = c["hash"]
    stretches = [s[2] for name in ("final", "rejected") for s in (c["counted"] or {}).get(name, [])] if "row" in c else []
    for part, row in c.get("row", {}).items():
        proven = {part: sha("".join(c["leaves"][part]))}.items()
        if not (sha(row, False) in c["leaves"][part] and any(proven <= s.items() for s in stretches)):
            wrong.append("attest %s regner ikke med dokumentet slik det står her (%s)" % (c["id"], part))
    sums = {one["sha256"] for step in said["steps"] for one in step["contents"]}
    for name in ("read", "made", "sent"):
        if (digest := c.get("row", {}).get("", {}).get(name)) and base64.b64decode(digest).hex() not in sums:
            wrong.append("attest %s regner med andre byte enn de som ligger her (%s)" % (c["id"], name))
print("\\n".join(wrong) or "Alt stemmer: %d filer og %d attester." % (len(said["files"]), len(said["certificates"])))
sys.exit(bool(wrong))
"""
README = """\
Dette er alt Fakturabro har om ett dokument: det som ble lest, funnet, sendt, besvart, avgjort og attestert.
Innholdet er ikke sladdet. Behandle det som regnskapsmateriale og personopplysninger.

manifest.json    hva som skjedde, i rekkefølge, og sha256 for hver fil
SHA256SUMS       de samme summene, for sha256sum
lest-*           filen slik kilden ga den
*-kanonisk.json  dokumentet slik Fakturabro forsto det
sendt-*, laget-* det som gikk ut, byte for byte. Et brev er indeksen (json) og PDF-en som den navngir med sha256.
sendt-*-e-post.eml, sendt-*-tilbakeskriving.json
                 det som gikk ut med PDF-en i seg. Attestene regner med rammen (sendt-*.json): teksten rundt PDF-en, sha256 av
                 PDF-en og sha256 av det hele. Det hele er before, PDF-en i base64 (line tegn på hver linje, med CRLF; 0: én
                 linje), og after.
svar-*           det motparten svarte

Slik kontrollerer du innholdet uten oss:

1. Pakk ut zip-filen og gå inn i mappen.
2. Kjør: sha256sum --check SHA256SUMS
3. Lagre linjene mellom strekene som kontroller.py og kjør: python3 kontroller.py
   Det regner ut kjeden av leveringsattester på nytt, og at de regner med akkurat dette dokumentet: nummer, kundenummer, beløp,
   KID, linjene i loggen, og summen av det som ble lest og sendt. Deler som er slettet etter oppbevaringstiden, eller som kilden
   har endret siden, står under gone. Mottaker, svar og kanonisk form er bundet til attestene slik de ligger forseglet hos oss;
   her vises de åpnet, og kan bare holdes mot summene i zip-filen. Gikk dokumentet ut før hovedboken ble lagt tilbake fra en
   sikkerhetskopi, er mottakeren satt på nytt etterpå og ikke bundet til noen attest.
4. Sammenlign hash-verdien til attestene (hash i manifest.json) med dem som står på kjøringens side eller i klientens kopi.

--------------------------------------------------------------------------------
{check}--------------------------------------------------------------------------------
"""


class ShowError(Exception):
    """The document cannot be shown; the message says what to do."""


def show(
    ledger: opened.Ledger, tenant: str, wanted: str, who: str, export: pathlib.Path | None = None, journal: Iterable[str] = ()
) -> lives.Life:
    """Note the look, then read the life, and write it to `export` where one is named. Raises ShowError."""
    found = lives.find(ledger, tenant, wanted)
    if not found:
        raise ShowError(f"{tenant} har ikke noe dokument med nummer eller id {wanted}. Skriv #17 for dokumentet med løpenummer 17.")
    if len(found) > 1:
        listed = ", ".join(f"#{i}" for i in found)
        raise ShowError(f"{tenant} har flere dokumenter med nummer {wanted}: {listed}. Velg ett av dem.")
    if export is not None and export.exists():
        raise ShowError(f"{export} finnes fra før og blir ikke skrevet over. Velg et annet navn.")
    what = f"show {wanted} (#{found[0]})" if export is None else f"export {wanted} (#{found[0]}) to {export.name}"
    lives.record_look(ledger, tenant, who, what, clock.now())
    life = lives.read(ledger, tenant, found[0], journal)
    if export is not None:
        write_zip(export, life)
    return life


def read_journal(journal: journals.Journal, tenant: str) -> Iterator[str]:
    """The lines that name deliveries of a tenant, as they stand in the send journal. Raises JournalError."""
    for entry in journal.scan(tenant, (journal_lines.Reserve, journal_lines.Answered)):
        yield journal_lines.encode(entry).decode().rstrip("\n")


def to_text(life: lives.Life) -> str:
    """The life for an operator's screen."""
    document = life.document
    name = page_messages.bilag(document["kind"], document["number"])
    lines = [f"{name} (#{document['id']}) hos {document['tenant']}, fra {document['source']}"]
    if document["skip_reason"]:
        lines.append(f"Utelatt: {document['skip_reason']}")
    title = ""
    for step in life.steps:
        if title != _TITLES[step.kind]:
            title = _TITLES[step.kind]
            lines += ["", title]
        said = {name: value for name, value in step.said.items() if name not in _HIDDEN and value not in (None, "", [])}
        lines.append("  " + ", ".join(f"{name}: {_shown(value)}" for name, value in said.items()) if said else "  -")
        lines += [line for content in step.contents for line in _to_lines(content)]
    return _plain("\n".join(lines))


_SHOWN_HEADS = ("Message-ID", "Date", "From", "Reply-To", "To", "Subject")
_HIDDEN = ("tenant", "document_id", "figures", "counted", "leaves", "row", "previous_hash")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _to_lines(content: lives.Content) -> Iterator[str]:
    if content.data is None:
        yield f"    {content.name}: {_gone(content)}" + (f" sha256 {content.sha256}" if content.sha256 else "")
        return
    changed = " ENDRET: innholdet passer ikke til summen." if content.gone else ""
    yield f"    {content.name}: {len(content.data)} byte, sha256 {content.sha256}{changed}"
    if content.frame or content.kind in ("letter", "entry"):
        yield from (f"      {line}" for line in _sent(content.data).splitlines())
    if content.name.endswith((".json", ".txt")) and content.name.startswith(("mottaker", "svar", "revisjon", "beslutning")):
        yield from (f"      {line}" for line in _readable(content.data).splitlines())


def _sent(data: bytes) -> str:
    """What went out as a person reads it, without the PDF in it."""
    try:
        said = json.loads(data)
    except ValueError:
        message = email.message_from_bytes(data, policy=email.policy.default)
        heads = [f"{name}: {value}" for name, value in message.items() if name in _SHOWN_HEADS]
        text = message.get_body(("plain",))
        return "\n".join([*heads, "", text.get_content() if text else ""])
    if isinstance(said, dict) and "file" in said:
        said["file"] = {**said["file"], "base64EncodedData": "(PDF)"}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _readable(data: bytes) -> str:
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1)
    except ValueError:
        return data.decode("utf-8", "replace")


def _gone(content: lives.Content) -> str:
    if content.gone == "changed":
        return "kan ikke åpnes: innholdet er endret, eller forseglet med en annen nøkkel."
    return f"slettet {retention.after(content.kind)} ({content.month})."


def to_json(life: lives.Life) -> str:
    """The life for other programs: contents as text where they are text, identity numbers masked as on the screen."""
    return identity.mask_identity_numbers(json.dumps(_described(life, text=True), ensure_ascii=False, indent=1))


def _described(life: lives.Life, text: bool) -> dict[str, Any]:
    steps = [
        {"kind": step.kind, **step.said, "contents": [_describe(content, text) for content in step.contents]} for step in life.steps
    ]
    return {"document": life.document, "steps": steps, "certificates": life.chain}


def _describe(content: lives.Content, text: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"path": content.name, "sha256": content.sha256}
    if content.data is None:
        return {**said, "gone": _gone(content)}
    if text and not content.name.endswith(".pdf"):
        said["text"] = content.data.decode("utf-8", "replace")
    of_frame = {"frame": content.frame} if content.frame else {}
    return {**said, "size": len(content.data), **of_frame} | ({"gone": content.gone} if content.gone else {})


def write_zip(path: pathlib.Path, life: lives.Life) -> None:
    """The export: bytes as they were, the manifest, sums, and how to check them. Only its owner can read the file."""
    files = {content.name: content.data for step in life.steps for content in step.contents if content.data is not None}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"files": [{"path": name, "sha256": digest} for name, digest in sums.items()], **_described(life, text=False)}
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    sums["manifest.json"] = hashlib.sha256(files["manifest.json"]).hexdigest()
    files["SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    files["LESMEG.txt"] = README.format(check=_CHECK).encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _plain(text: str) -> str:
    return identity.mask_identity_numbers(_CONTROLS.sub("\ufffd", text))
