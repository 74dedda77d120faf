"""The send journal: a chain that survives what kills its writers, and shows whatever was changed in it."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import losses
from fakturabro.ledger.journal import sendings as journal

NOW = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
ROOT = pathlib.Path(__file__).parent.parent.parent
WRITER = """
import datetime as dt, pathlib, sys
from fakturabro.ledger.journal import sendings as journal
now = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
one = journal.Journal(pathlib.Path(sys.argv[1]), file_size=2_000)
for number in range(int(sys.argv[3])):
    one.left(sys.argv[2], f"{sys.argv[2]}-{number}", now)
"""


def sending(number: int) -> journal_lines.Sending:
    return journal_lines.Sending(
        delivery=number, document=number, source="poweroffice", source_key=f"id-{number}", natural_key=f"4711/invoice/{number}"
    )


def reserve(one: journal.Journal, *numbers: int, tenant: str = "nordlys") -> str:
    return one.reserve(tenant, "run-1", "book", "factoring:4711", [sending(number) for number in numbers], NOW)


def fill(folder: pathlib.Path, count: int = 6, file_size: int = journal.FILE_SIZE) -> journal.Journal:
    one = journal.Journal(folder, file_size)
    for number in range(count):
        reserve(one, number)
    return one


def files(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("*.jsonl"))


def kinds(folder: pathlib.Path) -> list[str]:
    return [json.loads(line)["kind"] for file in files(folder) for line in file.read_text().splitlines()]


def test_a_block_of_sendings_is_told_in_three_lines_and_read_back(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path / "journal")
    name = reserve(one, 1, 2)
    one.left("nordlys", name, NOW)
    one.left("fjord", "another tenant's", NOW)
    one.answered("nordlys", name, {"4711/invoice/1": "accepted"}, NOW)
    told = journal.Journal(tmp_path / "journal")
    reserved = told.find(name)
    assert isinstance(reserved, journal_lines.Reserve)
    assert (reserved.tenant, reserved.run, reserved.purpose, reserved.target) == ("nordlys", "run-1", "book", "factoring:4711")
    assert (reserved.epoch, reserved.at, list(reserved.sendings)) == (1, NOW, [sending(1), sending(2)])
    (left,) = told.scan("nordlys", [journal_lines.Left])
    assert isinstance(left, journal_lines.Left)
    assert left.line == name
    (answered,) = told.scan("nordlys", [journal_lines.Answered], name)
    assert isinstance(answered, journal_lines.Answered)
    assert answered.outcomes == {"4711/invoice/1": "accepted"}
    assert told.verify() == []
    assert told.end() == one.end() > name


def test_names_sort_as_the_lines_stand_over_files_and_epochs(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path, file_size=700)
    names = [
        reserve(one, 1),
        reserve(one, 2),
        reserve(one, 3),
        one.begin_epoch("nordlys", "recover", NOW, after=41),
        reserve(one, 4),
    ]
    assert names == sorted(names)
    assert len(files(tmp_path)) > 1
    assert names[-1].startswith("000042.")
    assert all(one.find(name) is not None for name in names)
    assert one.verify() == []


def test_what_is_no_name_of_a_line_here_is_not_found(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path)
    name = reserve(one, 1)
    other = fill(tmp_path / "other", 3).end()
    assert journal.Journal(tmp_path / "none").find(name) is None
    assert one.find(other) is None
    assert one.find(name[:-1] + ("0" if name[-1] != "0" else "1")) is None


@pytest.mark.parametrize("file_size", [journal.FILE_SIZE, 500])
def test_a_line_torn_at_any_byte_is_cut_recorded_and_followed(tmp_path: pathlib.Path, file_size: int) -> None:
    fill(tmp_path / "whole", 3, file_size)
    *before, newest = files(tmp_path / "whole")
    whole = newest.read_bytes()
    begins = whole.rfind(b"\n", 0, len(whole) - 1) + 1
    for length in range(begins, len(whole)):
        folder = tmp_path / f"torn-{length}"
        folder.mkdir()
        for file in before:
            (folder / file.name).write_bytes(file.read_bytes())
        (folder / newest.name).write_bytes(whole[:length])
        torn = journal.Journal(folder, file_size)
        assert torn.verify() == []
        name = reserve(torn, 9)
        assert torn.verify() == []
        assert torn.find(name) is not None
        assert kinds(folder) == ["reserve", "reserve", *(["cut"] if length > begins else []), "reserve"]
        if length > begins:
            cut = next(json.loads(line) for file in files(folder) for line in file.read_text().splitlines() if '"cut"' in line)
            assert cut["bytes"] == length - begins


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    cuts=st.lists(st.integers(1, 4_000), max_size=4),
    file_size=st.sampled_from([200, 3_000, journal.FILE_SIZE]),
)
def test_the_chain_holds_however_often_writers_die_in_mid_line(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cuts: list[int], file_size: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    kept: list[str] = []
    for size, cut in zip(sizes, cuts + [0] * len(sizes), strict=False):
        one = journal.Journal(folder, file_size)
        kept.append(reserve(one, *range(size)))
        if cut:
            newest = files(folder)[-1]
            with newest.open("ab") as opened:
                opened.write(newest.read_bytes().splitlines(keepends=True)[-1][:-1][:cut])
    one = journal.Journal(folder, file_size)
    assert one.verify() == []
    assert all(one.find(name) is not None for name in kept)


def lines_of(folder: pathlib.Path) -> tuple[pathlib.Path, list[bytes]]:
    (file,) = files(folder)
    return file, file.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("at", range(5))
def test_verify_names_the_line_that_was_changed_at_any_place_of_it(tmp_path: pathlib.Path, at: int) -> None:
    one = fill(tmp_path)
    file, lines = lines_of(tmp_path)
    for byte in range(0, len(lines[at]) - 1, 7):
        changed = bytearray(lines[at])
        changed[byte] ^= 1
        file.write_bytes(b"".join([*lines[:at], bytes(changed), *lines[at + 1 :]]))
        found = one.verify()
        assert (found[0].file, found[0].line) == (file, at + 1)


def test_verify_names_where_lines_were_removed_inserted_swapped_or_written_anew(tmp_path: pathlib.Path) -> None:
    one = fill(tmp_path)
    file, lines = lines_of(tmp_path)
    other = fill(tmp_path / "other", 3)
    (foreign,) = files(tmp_path / "other")
    assert other.verify() == []
    entry = journal_lines.read(lines[2])
    assert isinstance(entry, journal_lines.Reserve)
    forged = journal_lines.encode(
        journal_lines.Reserve(**{**{f: getattr(entry, f) for f in entry.__struct_fields__}, "run": "forged"})
    )
    cases = {
        "removed": ([*lines[:2], *lines[3:]], 3),
        "removed first": (lines[1:], 1),
        "doubled": ([*lines[:3], lines[2], *lines[3:]], 4),
        "inserted": ([*lines[:3], foreign.read_bytes().splitlines(keepends=True)[1], *lines[3:]], 4),
        "swapped": ([*lines[:2], lines[3], lines[2], *lines[4:]], 3),
        "written anew with a right hash": ([*lines[:2], forged, *lines[3:]], 4),
        "emptied": ([*lines[:2], b"\n", *lines[3:]], 3),
    }
    for name, (changed, line) in cases.items():
        file.write_bytes(b"".join(changed))
        assert one.verify()[0].line == line, name
        assert one.verify()[0].file == file, name


def test_verify_names_a_missing_file_and_a_file_that_ends_in_mid_line(tmp_path: pathlib.Path) -> None:
    one = fill(tmp_path, 6, file_size=500)
    found = files(tmp_path)
    assert len(found) >= 3
    whole = found[1].read_bytes()
    found[1].write_bytes(whole[:-3])
    assert (one.verify()[0].file, one.verify()[0].what) == (found[1], journal_lines.messages.FAULT_TORN)
    found[1].unlink()
    assert (one.verify()[0].file, one.verify()[0].what) == (found[2], journal_lines.messages.FAULT_FILE)


def test_nothing_is_appended_to_a_damaged_end(tmp_path: pathlib.Path) -> None:
    fill(tmp_path)
    file, lines = lines_of(tmp_path)
    file.write_bytes(b"".join(lines[:-1]) + lines[-1].replace(b"run-1", b"run-2"))
    with pytest.raises(journal.JournalError, match="journal verify"):
        journal.Journal(tmp_path)
    assert file.read_bytes().count(b"\n") == len(lines)


def test_a_damaged_line_is_not_read_as_if_it_were_whole(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path)
    one.left("nordlys", "a", NOW)
    one.left("nordlys", "b", NOW)
    file, lines = lines_of(tmp_path)
    file.write_bytes(lines[0].replace(b'"line":"a"', b'"line":"c"') + lines[1])
    with pytest.raises(journal.JournalError, match="byte 0"):
        list(one.scan("nordlys", [journal_lines.Left]))


def test_whoever_began_before_a_recover_appends_nothing_more(tmp_path: pathlib.Path) -> None:
    before, recovering = fill(tmp_path), journal.Journal(tmp_path)
    name = reserve(before, 9)
    recovering.begin_epoch("nordlys", "recover-1", NOW, after=0)
    for write in (
        lambda: reserve(before, 10),
        lambda: before.left("nordlys", name, NOW),
        lambda: before.answered("x", name, {}, NOW),
    ):
        with pytest.raises(journal.EpochError, match="Start kjøringen på nytt"):
            write()
    reserve(recovering, 11)
    reserve(journal.Journal(tmp_path), 12)
    assert kinds(tmp_path)[-3:] == ["epoch", "reserve", "reserve"]
    assert recovering.verify() == []


def test_processes_that_append_at_once_keep_one_chain(tmp_path: pathlib.Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, tenant, "60"], cwd=ROOT) for tenant in ("nordlys", "fjord", "nidelven")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    one = journal.Journal(tmp_path)
    assert one.verify() == []
    assert len(files(tmp_path)) > 3
    for tenant in ("nordlys", "fjord", "nidelven"):
        said = [line.line for line in one.scan(tenant, [journal_lines.Left]) if isinstance(line, journal_lines.Left)]
        assert said == [f"{tenant}-{number}" for number in range(60)]


def test_threads_that_share_a_journal_keep_one_chain(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path, file_size=3_000)
    threads = [threading.Thread(target=lambda: [reserve(one, number) for number in range(25)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.verify() == []
    assert kinds(tmp_path) == ["reserve"] * 150


FULL = """
import datetime as dt, pathlib, resource, sys
from fakturabro.ledger.journal import sendings as journal
now = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
one = journal.Journal(pathlib.Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
said = 0
try:
    while said < 1000:
        one.left("nordlys", str(said), now)
        said += 1
except journal.JournalError as error:
    print(said, error)
"""


@pytest.mark.parametrize("limit", [1, 250, 900, 1777])
def test_a_full_disk_is_said_before_anything_leaves_and_the_chain_goes_on(tmp_path: pathlib.Path, limit: int) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path, str(limit)], capture_output=True, text=True, cwd=ROOT, check=True)
    said, _, why = done.stdout.partition(" ")
    assert "Ingenting er sendt" in why
    assert "disken" in why
    one = journal.Journal(tmp_path)
    assert len(list(one.scan("nordlys", [journal_lines.Left]))) == int(said)
    reserve(one, 1)
    assert one.verify() == []


def test_a_journal_that_goes_away_under_a_run_stops_it(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "journal"
    one = fill(folder)
    folder.rename(tmp_path / "gone")
    with pytest.raises(journal.JournalError, match="Ingenting er sendt"):
        reserve(one, 7)
    folder.mkdir()
    with pytest.raises(journal.JournalError, match="kortere eller borte"):
        reserve(one, 7)
    assert files(folder) == []


def test_a_folder_that_cannot_be_one_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "journal").write_text("a file")
    with pytest.raises(journal.JournalError, match="kan ikke leses"):
        journal.Journal(tmp_path / "journal")


def test_nobody_else_may_read_the_journal(tmp_path: pathlib.Path) -> None:
    fill(tmp_path / "deep" / "journal")
    assert (tmp_path / "deep" / "journal").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "deep" / "journal").iterdir())


def test_the_journal_tells_under_which_keys_a_document_may_have_arrived(tmp_path: pathlib.Path) -> None:
    one = journal.Journal(tmp_path / "journal")
    first, second = reserve(one, 1, 2), reserve(one, 3)
    reserve(one, 4, tenant="fjord")
    one.answered("nordlys", first, {"4711/invoice/1": "accepted", "4711/invoice/2": "planned"}, NOW)
    one.answered("nordlys", second, {"4711/invoice/3": "rejected"}, NOW)
    reserve(one, 3)
    asked = [f"id-{number}" for number in range(1, 5)]
    found = losses.find_keys(one, "nordlys", "book", asked)
    assert found == {"id-1": {"4711/invoice/1"}, "id-2": set(), "id-3": {"4711/invoice/3"}, "id-4": set()}
    assert losses.find_keys(one, "nordlys", "distribute", asked[:1]) == {"id-1": set()}
