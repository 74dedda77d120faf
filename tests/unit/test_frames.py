"""Frames: what stands around a file that is kept elsewhere gives back the very bytes, or says that it cannot."""

from __future__ import annotations

import base64
import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakturabro.ledger import frames

FILES = st.binary(min_size=1, max_size=400)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(FILES, TEXTS, TEXTS)
def test_what_was_split_is_joined_again_in_one_line_and_in_lines(file: bytes, before: str, after: str) -> None:
    lines = base64.encodebytes(file).strip().replace(b"\n", b"\r\n")
    for encoded in (base64.b64encode(file), lines):
        whole = before.encode() + encoded + after.encode()
        frame = frames.read(frames.split(whole, file))
        assert frames.join(frame, file) == whole
        assert frame.sha256 == hashlib.sha256(whole).hexdigest()
        assert frame.file == hashlib.sha256(file).hexdigest()


@given(FILES)
def test_another_file_does_not_fit(file: bytes) -> None:
    frame = frames.read(frames.split(b"<" + base64.b64encode(file) + b">", file))
    with pytest.raises(frames.FrameError):
        frames.join(frame, file + b"!")


@pytest.mark.parametrize("file", [b"", b"%PDF"])
def test_where_the_file_does_not_stand_all_is_kept(file: bytes) -> None:
    kept = frames.split("Blåbær".encode(), file)
    assert frames.join(frames.read(kept), b"") == "Blåbær".encode()
    assert frames.read(kept).file == ""


def test_the_file_is_not_kept_twice() -> None:
    file = bytes(range(256)) * 200
    assert len(frames.split(b"a" + base64.b64encode(file) + b"z", file)) < 250


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"[]", b'{"sha256": 1}', b"\xff", b'{"job_id": "x", "letters": []}'])
def test_what_is_no_frame_says_so(data: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.read(data)


def test_a_frame_that_was_changed_does_not_join() -> None:
    frame = frames.read(frames.split(b"<" + base64.b64encode(b"%PDF") + b">", b"%PDF"))
    for change in ({"before": "("}, {"line": 76, "after": ""}, {"file": ""}, {"sha256": "0" * 64}):
        with pytest.raises(frames.FrameError):
            frames.join(msgspec.structs.replace(frame, **change), b"%PDF")
