"""What has no place in a PDF that is printed: code, forms to fill in, pictures that play, and files other than our EHF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pypdf

from fakturabro.formats.invoice_pdf.weighing import dictionary, resolved

_MOST_FILES, _MOST_NOTES = 1, 2_000
_HARMLESS_ACTIONS = ("/URI", "/GoTo")
_HARMLESS_NOTES = ("/Link",)
_XML = ("/application/xml", "/text/xml", "/application#2Fxml", "/text#2Fxml")


def find(reader: pypdf.PdfReader) -> Iterator[str]:
    """One Norwegian sentence per kind of contraband. Raises what pypdf raises on a damaged file."""
    root = dictionary(reader.trailer["/Root"])
    names = dictionary(root.get("/Names"))
    acts = "/AA" in root or any("/AA" in page for page in reader.pages) or not _is_harmless(root.get("/OpenAction"))
    if acts or "/JavaScript" in names:
        yield "PDF-en kjører kode eller handlinger når den åpnes; lag den på nytt uten."
    form = dictionary(root.get("/AcroForm"))
    if "/XFA" in form or resolved(form.get("/Fields")):
        yield "PDF-en er et skjema som kan fylles ut; lag den på nytt uten."
    for number, page in enumerate(reader.pages, 1):
        notes = [dictionary(note) for note in cast("list[object]", resolved(page.get("/Annots")) or [])]
        if len(notes) > _MOST_NOTES or not all(
            note.get("/Subtype") in _HARMLESS_NOTES and "/AA" not in note and _is_harmless(note.get("/A")) for note in notes
        ):
            yield f"Side {number} har merknader, lyd, film eller handlinger; lag PDF-en på nytt uten."
    files = list(_files(names.get("/EmbeddedFiles"), 0))
    if len(files) > _MOST_FILES or not all(is_ehf for is_ehf in files):
        yield "PDF-en har vedlegg som ikke er EHF-en (én XML-fil); lag den på nytt uten."


def _is_harmless(action: object) -> bool:
    """No action, a place to show, or one that only leads somewhere."""
    found = dictionary(action)
    return not found or (found.get("/S") in _HARMLESS_ACTIONS and "/Next" not in found)


def _files(tree: object, depth: int) -> Iterator[bool]:
    """Per embedded file whether it can be our EHF; a tree that is deep or wide counts as files that are not."""
    node = dictionary(tree)
    leaves = cast("list[object]", resolved(node.get("/Names")) or [])
    branches = cast("list[object]", resolved(node.get("/Kids")) or [])
    if depth > 3 or len(branches) > _MOST_FILES or len(leaves) > 2 * _MOST_FILES:
        yield False
        return
    for leaf in leaves[1::2]:
        stream = dictionary(dictionary(dictionary(leaf).get("/EF")).get("/F"))
        name = str(dictionary(leaf).get("/UF", dictionary(leaf).get("/F", "")))
        yield name.endswith(".xml") and str(stream.get("/Subtype")) in _XML
    for branch in branches:
        yield from _files(branch, depth + 1)
