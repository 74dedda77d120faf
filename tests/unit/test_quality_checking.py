"""The check fails closed: whatever Great Expectations does not answer in full is an error of the run, never a pass."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterable, Iterator
from concurrent import futures
from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd
import pytest
from great_expectations import expectations as gxe

import data_quality.expectations as own
from data_quality import blocking, checking, validation
from data_quality import suite as suites
from fakturabro.domain import findings

RULES = blocking.Rules()


class Thing(msgspec.Struct, weakref=True):
    """The smallest thing that can be checked."""

    id: int
    name: str | None = "a"
    amount: Decimal = Decimal(1)


def named(field: str, **silence: Any) -> suites.Rule:
    expectation = gxe.ExpectColumnValuesToNotBeNull(column="name")
    return suites.Rule(code="missing_buyer_name", field=field, expectation=expectation, **silence)


def table(*rules: suites.Rule, columns: tuple[str, ...] = ("id", "name", "amount"), **how: Any) -> suites.Table[Thing]:
    return suites.Table(
        name="things",
        columns=columns,
        rows=lambda thing: [(thing.id, thing.name, thing.amount)],
        rules=rules or (named("Name"),),
        **how,
    )


def validate(things: Iterable[Thing], *tables: suites.Table[Thing]) -> dict[int, tuple[findings.Finding, ...]]:
    return validation.validate(suites.Suite(tables=tables or (table(),)), things, RULES)


def test_every_subject_gets_an_entry() -> None:
    found = validate([Thing(7), Thing(3, None), Thing(5)])
    assert list(found) == [7, 3, 5]
    assert [len(found[id_]) for id_ in found] == [0, 1, 0]


def test_nothing_to_check_is_an_error() -> None:
    with pytest.raises(checking.CheckError, match="at least one"):
        checking.check(iter(()), RULES)


def test_the_same_id_twice_is_an_error() -> None:
    with pytest.raises(checking.CheckError, match="2 documents with 1 different"):
        validate([Thing(1), Thing(1)])


def test_a_missing_column_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = validation.to_frame
    monkeypatch.setattr(validation, "to_frame", lambda table, columns: frame(table, columns).drop(columns="name"))
    with pytest.raises(checking.CheckError, match=r"missing_buyer_name .* could not be judged: .*name"):
        validate([Thing(1)])


def test_a_missing_id_column_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = validation.to_frame
    monkeypatch.setattr(validation, "to_frame", lambda table, columns: frame(table, columns).drop(columns="id"))
    with pytest.raises(checking.CheckError, match="could not be judged"):
        validate([Thing(1, None)])


@pytest.mark.parametrize("things", [[Thing(1)], [Thing(1, None)]])
def test_an_expectation_that_raises_is_an_error(monkeypatch: pytest.MonkeyPatch, things: list[Thing]) -> None:
    def burst(*_: Any) -> bool:
        raise ZeroDivisionError("the metric burst")

    monkeypatch.setattr(own, "per_distinct_value", burst)
    account = suites.Rule(code="wrong_account", field="A", expectation=own.ExpectAccountCheckDigits(column="amount"))
    with pytest.raises(checking.CheckError, match=r"wrong_account .* could not be judged: the metric burst"):
        validate(things, table(named("Name"), account))


def test_an_unanswered_rule_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = validation._results
    monkeypatch.setattr(validation, "_results", lambda table, frame: dict(list(answer(table, frame).items())[:1]))
    with pytest.raises(checking.CheckError, match="was not answered"):
        validate([Thing(1)], table(named("Name"), named("Other")))


def test_rows_that_were_not_looked_at_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = validation._results
    monkeypatch.setattr(validation, "_results", lambda table, frame: answer(table, frame.head(1)))
    with pytest.raises(checking.CheckError, match="looked at 1 of 2 rows"):
        validate([Thing(1), Thing(2)])


@pytest.mark.parametrize(("success", "rows"), [(False, []), (True, [{"id": 1, "name": None}])])
def test_an_answer_that_contradicts_itself_is_an_error(monkeypatch: pytest.MonkeyPatch, success: bool, rows: list[Any]) -> None:
    result = validation.Result(
        success=success,
        expectation_config=gxe.ExpectColumnValuesToNotBeNull(column="name").configuration,
        result={"element_count": 1, "unexpected_count": len(rows), "unexpected_index_list": rows},
    )
    monkeypatch.setattr(validation, "_results", lambda table, frame: {0: result})
    with pytest.raises(checking.CheckError, match=f"success={success} and names {len(rows)} rows"):
        validate([Thing(1)])


def test_a_row_of_a_document_that_was_not_handed_over_is_an_error() -> None:
    strangers = msgspec.structs.replace(table(), rows=lambda thing: [(thing.id + 1, None, thing.amount)])
    with pytest.raises(checking.CheckError, match="unknown document 2"):
        validate([Thing(1)], strangers)


def test_only_a_table_that_may_be_empty_may_be_empty() -> None:
    empty = msgspec.structs.replace(table(), rows=lambda thing: [])
    with pytest.raises(checking.CheckError, match="things is empty"):
        validate([Thing(1)], empty)
    assert validate([Thing(1)], msgspec.structs.replace(empty, may_be_empty=True)) == {1: ()}


def test_a_silenced_rule_keeps_quiet_only_about_the_same_thing() -> None:
    whole = named("Address")
    part = named("Address.City", silenced_by=("missing_buyer_name",))
    other = named("Addressee", silenced_by=("missing_buyer_name",))
    (found,) = validate([Thing(1, None)], table(whole, part, other)).values()
    assert [finding.field for finding in found] == ["Address", "Addressee"]


def test_a_finding_that_is_switched_off_is_not_told() -> None:
    rules = blocking.Rules(overrides=(blocking.Override(code="missing_buyer_name", severity="off", reason="Bare i denne prøven"),))
    assert validation.validate(suites.Suite(tables=(table(),)), [Thing(1, None)], rules) == {1: ()}


def test_a_shuffled_index_names_the_right_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = validation.to_frame
    monkeypatch.setattr(validation, "to_frame", lambda table, columns: frame(table, columns).sample(frac=1, random_state=3))
    found = validate([Thing(id_, None if id_ % 7 == 0 else "a") for id_ in range(1, 100)])
    assert [id_ for id_ in found if found[id_]] == [id_ for id_ in range(1, 100) if id_ % 7 == 0]


def test_twenty_thousand_are_read_as_a_stream() -> None:
    read: list[weakref.ref[Thing]] = []

    def stream() -> Iterator[Thing]:
        for id_ in range(20_000):
            thing = Thing(id_, None if id_ % 1_000 == 0 else f"name {id_}")
            read.append(weakref.ref(thing))
            yield thing
            del thing
            assert sum(one() is not None for one in read[-10:]) <= 1, "the check keeps what it has read"

    found = validate(stream())
    assert len(found) == 20_000
    assert sum(bool(one) for one in found.values()) == 20


def test_nothing_of_a_check_outlives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[weakref.ref[pd.DataFrame]] = []
    make = validation.to_frame

    def watched(*parts: Any) -> pd.DataFrame:
        frame = make(*parts)
        frames.append(weakref.ref(frame))
        return frame

    monkeypatch.setattr(validation, "to_frame", watched)
    gc.disable()
    try:
        validate([Thing(1, None), Thing(2)])
        assert [frame() for frame in frames] == [None]
    finally:
        gc.enable()


def test_post_codes_and_amounts_stay_as_they_are() -> None:
    frame = validation.to_frame(table(), [[1], ["0150"], [Decimal("1.10")]])
    assert frame.loc[0].tolist() == [1, "0150", Decimal("1.10")]
    assert isinstance(frame, pd.DataFrame)


def test_importing_what_tasks_import_loads_neither_pandas_nor_great_expectations() -> None:
    program = (
        "import sys, data_quality.blocking, data_quality.messages, data_quality.checking, data_quality.twins, data_quality.trials;"
        "print(sorted({'pandas', 'great_expectations', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_check_draws_no_progress_bars_and_sends_no_analytics(capfd: pytest.CaptureFixture[str]) -> None:
    validate([Thing(1, None)])
    assert capfd.readouterr() == ("", "")
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_checks_in_threads_do_not_meet() -> None:
    batches = [[Thing(id_, None if id_ == faulty else "a") for id_ in range(200)] for faulty in range(8)]
    with futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(validate, batches))
    assert [[id_ for id_ in found if found[id_]] for found in results] == [[faulty] for faulty in range(8)]
