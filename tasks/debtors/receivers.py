"""Who can take which document as EHF: what the ledger remembers, and for the rest the Peppol network itself."""

from __future__ import annotations

import collections
from collections.abc import Iterable

from fakturabro.ledger.distribution import receivers
from fakturabro.systems.peppol import client as peppol
from fakturabro.systems.peppol import names
from tasks import clock, connect, run_context

YES, UNKNOWN = "yes", "unknown"
Question = peppol.Question


async def find(questions: Iterable[Question]) -> dict[Question, receivers.Answer]:
    """Per question whether it is so. Unknown is no answer: whoever asked waits."""
    known, now = connect.current(), clock.now()
    keys = {one: (names.to_label(one.participant), one.kind) for one in questions}
    if not keys:
        return {}
    network = await known.peppol()
    standing = receivers.find(known.ledger, network.network, keys.values(), now)
    found = await network.find_receivers([one for one, key in keys.items() if key not in standing], now)
    if found:
        said: dict[receivers.Key, receivers.Answer] = {keys[one]: _answer(answer) for one, answer in found.items()}
        standing |= receivers.record(known.ledger, network.network, said, now)
    failures = collections.Counter(str(answer) for answer in found.values() if not isinstance(answer, bool))
    for sentence, count in failures.most_common(5):
        run_context.logger().warning("%s (%d mottakere)", sentence, count)
    return {one: standing[key] for one, key in keys.items()}


def _answer(said: object) -> receivers.Answer:
    return "yes" if said is True else "no" if said is False else "unknown"
