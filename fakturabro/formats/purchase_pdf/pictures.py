"""JPEG, PNG, GIF and WebP to a PDF of one page: as large as fits on A4, the right way up where the picture says which that is.

Source: https://typst.app/docs/reference/visualize/image/
"""

from __future__ import annotations

import pathlib
import tempfile

import typst

_PAGE = '#set page(paper: "a4", margin: 8mm)\n#image("picture.{}", width: 100%, height: 100%, fit: "contain")\n'


def ending(data: bytes) -> str:
    """The kind of picture by its first bytes; "" for none of these."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def to_pdf(data: bytes, kind: str) -> bytes:
    """Raises ValueError for a picture that is damaged."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "page.typ")
        page.with_name(f"picture.{kind}").write_bytes(data)
        page.write_text(_PAGE.format(kind), encoding="utf-8")
        try:
            return typst.compile(page, root=page.parent, format="pdf", ignore_system_fonts=True)
        except typst.TypstError as error:
            raise ValueError(str(error)) from error
