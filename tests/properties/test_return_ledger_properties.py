"""Whatever happens to movements, in any order: each stands in the books once or not at all, and settlements go on to the øre."""

from __future__ import annotations

import collections
import datetime as dt
import pathlib
import tempfile

import hypothesis
from hypothesis import stateful, strategies

from fakturabro.domain import return_data
from fakturabro.ledger import certificates, deliveries, opened
from fakturabro.ledger.returns import making, movements, settlements, undoing, vouchers
from tests import migrated
from tests.unit import test_ledger_returns as returns

_FIRST = dt.date(2026, 11, 1)
_KINDS: tuple[return_data.MovementKind, ...] = ("payment", "administrative_fee", "payout")
_CHOICE = strategies.integers(min_value=0, max_value=20)


class Books(stateful.RuleBasedStateMachine):
    """A ledger, and a model of PowerOffice: what each voucher's reference carries there, while it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{pathlib.Path(self._folder.name) / 'ledger.db'}"
        migrated.connect(url).dispose()
        self.ledger = opened.open_ledger(url, b"0" * 32)
        self.standing: dict[str, list[int]] = {}
        self.told, self.days = 0, 0

    def teardown(self) -> None:
        made = certificates.record(self.ledger, returns.TENANT, [movements.PURPOSE], "run", returns.NOW)
        assert all(one.adds_up for one in made)
        self.ledger.close()
        self._folder.cleanup()

    @stateful.initialize()
    def begin(self) -> None:
        """One movement stands in the books."""
        self.take("payment", 100, again=False)
        self.settle()
        self.make(0, 1)
        self.send(0, arrives=True)

    @stateful.rule(kind=strategies.sampled_from(_KINDS), amount=strategies.integers(-999, 999), again=strategies.booleans())
    def take(self, kind: return_data.MovementKind, amount: int, again: bool) -> None:
        self.told += 1
        one = returns.told(str(self.told), kind, f"{amount}.00", of=self.days + 1)
        returns.take(self.ledger, *[one] * (1 + again))

    @stateful.rule()
    def settle(self) -> None:
        self.days += 1
        for one in settlements.find_unsettled(self.ledger, returns.TENANT, returns.CLIENT, self._today()):
            ids = [i for some in one.of_kind.values() for i in some.document_ids]
            amount = sum(some.amount for some in one.of_kind.values())
            returns.settle(self.ledger, ids, one.day.day, amount)

    @stateful.rule(choice=_CHOICE, count=strategies.integers(1, 3))
    def make(self, choice: int, count: int) -> None:
        waiting = making.find_waiting(self.ledger, returns.TENANT)
        if waiting:
            one = waiting[choice % len(waiting)]
            part = vouchers.next_part(self.ledger, returns.TENANT, one.settlement_id)
            returns.carry(self.ledger, one.settlement_id, one.document_ids[:count], f"{one.settlement_id}-{part}")

    @stateful.rule(choice=_CHOICE, arrives=strategies.booleans())
    def send(self, choice: int, arrives: bool) -> None:
        """PowerOffice takes it and the ledger learns of that, or it certainly took nothing and the voucher is given up."""
        if not (made := vouchers.find_standing(self.ledger, returns.TENANT, ["made"])):
            return
        one = made[choice % len(made)]
        carried = list(vouchers.find_carried(self.ledger, returns.TENANT, one.id).document_ids)
        if not arrives:
            making.discard(self.ledger, returns.TENANT, one.id, "nei", returns.RUN)
            return
        if one.kind == "post":
            assert one.reference not in self.standing
            self.standing[one.reference] = carried
        else:
            del self.standing[one.reference.partition("/")[2]]
        returns.answer(self.ledger, one.id, "sending", "accepted")
        vouchers.mark_posted(self.ledger, returns.TENANT, one.id, one.id, str(one.id))
        if one.undoes is not None:
            vouchers.mark_reversed(self.ledger, returns.TENANT, one.undoes)

    @stateful.rule(choice=_CHOICE)
    def undo(self, choice: int) -> None:
        if not (posted := vouchers.find_standing(self.ledger, returns.TENANT, ["posted"], "post")):
            return
        one = posted[choice % len(posted)]
        found = undoing.record_undo(self.ledger, returns.TENANT, one.id, returns.RUN, returns.NOW)
        if deliveries.find_states(self.ledger, returns.TENANT, movements.PURPOSE, found.back).get(found.back[0]) == "waiting":
            part = vouchers.next_part(self.ledger, returns.TENANT, one.settlement_id)
            said = {"kind": "reverse", "undoes": one.id, "part": part}
            returns.carry(self.ledger, one.settlement_id, found.back, undoing.to_reference(one.reference), **said)

    @stateful.invariant()
    def each_stands_once_or_not_at_all(self) -> None:
        rows = self._rows()
        roots = collections.Counter(self._root(rows, i) for carried in self.standing.values() for i in carried)
        assert all(count == 1 for count in roots.values()), roots
        posted: collections.Counter[str] = collections.Counter()
        for i in roots:
            posted[rows[i].kind] += rows[i].amount
        sums = settlements.sums(self.ledger, returns.TENANT, returns.CLIENT, "NOK", self._today())
        assert {kind: n for kind, n in sums.posted.items() if n} == {kind: n for kind, n in posted.items() if n}
        assert sums.posted == sums.posted_settled

    @stateful.invariant()
    def settlements_go_on(self) -> None:
        balance = 0
        for number, one in enumerate(reversed(settlements.find_newest(self.ledger, returns.TENANT, returns.CLIENT, 99)), 1):
            assert (one.number, one.opening) == (number, balance)
            balance = one.closing
        sums = settlements.sums(self.ledger, returns.TENANT, returns.CLIENT, "NOK", self._today())
        assert balance == sum(sums.settled.values())

    def _today(self) -> dt.date:
        return _FIRST + dt.timedelta(days=self.days)

    def _rows(self) -> dict[int, movements.Row]:
        with self.ledger.reading() as connection:
            return {row.document_id: row for row in movements.select(connection, returns.TENANT)}

    def _root(self, rows: dict[int, movements.Row], i: int) -> int:
        undone = rows[i].undoes
        return i if undone is None else self._root(rows, undone)


TestBooks = Books.TestCase
TestBooks.settings = hypothesis.settings(
    max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
