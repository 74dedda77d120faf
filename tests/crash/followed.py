"""Letters after links as the judge sees them: who opened in time got none, everybody else exactly one."""

from __future__ import annotations

import collections
from collections.abc import Iterator

from fakturabro.ledger.distribution import fallbacks
from tasks.debtors import channels
from tests.crash import counterparts, mailed, rows

_ENDED = ("accepted", "cancelled")


def judge_links(world: counterparts.World) -> Iterator[str]:
    """Whether an e-mail that was repeated is the very same: one token and one code for each Message-ID."""
    said: dict[str, set[tuple[str, str]]] = collections.defaultdict(set)
    for one in filter(None, map(mailed.read, world.mail.messages)):
        said[one.key].add((one.token, one.code))
    yield from (f"{len(found)} different links in {key}" for key, found in said.items() if len(found) > 1)


def judge(world: counterparts.World, known: dict[str, rows.Row], lines: set[str], was_recovered: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the letters, by kind. `lines` are the keys of the openings that the journal holds."""
    jobs = collections.Counter(one.job for one in world.letters if one.job.endswith("-brev"))
    yield from (("duplicated", f"{count} letters {job}") for job, count in jobs.items() if count > 1)
    of_row = {fallbacks.to_key(key): (row, key) for row in known.values() for key in row.keys(channels.LINK)}
    yield from (("wrong", f"nobody knows of the letter {job}") for job in jobs.keys() - of_row.keys())
    for job in jobs.keys() & of_row.keys():
        row, key = of_row[job]
        opened_at = _find_opening(world, key)
        if opened_at is None or (was_recovered and not any(key.startswith(one.partition("@")[0]) for one in lines)):
            continue
        sent = [one for one in world.departures if one.what == f"{job}-1.pdf"]
        late = [one.process for one in sent if world.started[one.process] > opened_at]
        yield from (("wrong", f"{row.name}: {process} sent a letter though it was opened before") for process in late)
    for row in known.values():
        yield from _judge_end(world, row, jobs)


def _find_opening(world: counterparts.World, key: str) -> object:
    return next((at for known, at in world.told.opened.items() if known.partition("@")[0] == key.partition("@")[0]), None)


def _judge_end(world: counterparts.World, row: rows.Row, jobs: collections.Counter[str]) -> Iterator[tuple[str, str]]:
    state, by_link = row.states.get("letter"), row.targets.get("distribute") == channels.LINK
    if row.states.get("distribute") != "accepted" or not by_link:
        return
    if state is None:
        yield "lost", f"{row.name}: no letter follows its link"
    elif state not in _ENDED:
        yield "unsettled", f"{row.name}: its letter is {state}"
    elif state == "accepted" and not any(jobs[fallbacks.to_key(key)] for key in row.keys(channels.LINK)):
        yield "lost", f"{row.name}: its letter is accepted, but there is none"
    elif state == "cancelled" and not _may_be_cancelled(world, row):
        yield "lost", f"{row.name}: nobody opened it, and its letter is cancelled"


def _may_be_cancelled(world: counterparts.World, row: rows.Row) -> bool:
    """Opened, perhaps opened, or taken back in full by credit notes."""
    mine = {key.partition("@")[0] for key in row.keys(channels.LINK)}
    tried = {key.partition("@")[0] for key in (*world.told.opened, *world.told.perhaps)}
    return bool(mine & tried) or any(str(one.original_number) == row.number for one in world.expected)
