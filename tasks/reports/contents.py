"""What a client's report says, read from the ledger: of a slot, everything since the last report; of a period, its days."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from data_quality import blocking
from data_quality.report import cases, content, wording
from fakturabro.domain import calendar
from fakturabro.domain import findings as values
from fakturabro.gateway import messages as gateway_messages
from fakturabro.ledger import deliveries, engine, opened, stops
from fakturabro.ledger.clients import news as client_news
from fakturabro.ledger.clients import reports as client_reports
from tasks import schedules
from tasks.checks import register
from tasks.reports import figures as report_figures
from tasks.reports import items as report_items
from tasks.reports import returned as report_returned

_CONTENT = msgspec.json.Decoder(content.Report)
_LOOK_BACK = 50
_FORTH = ("book", "distribute")
_HELD = (*_FORTH, "letter")
_PURPOSES = (*_HELD, "write_back")
_WEEK, _MONTH = dt.timedelta(days=7), dt.timedelta(days=30)
_BECAME: Mapping[str, content.Became] = {"accepted": "sent", "cancelled": "cancelled"}
_WITH_US = ("rejected", "in_doubt")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Of what a report is: a tenant's slot (everything since `previous`), or a period of business dates."""

    tenant: str
    now: dt.datetime
    language: content.Language
    rules: blocking.Rules | None
    """Which judged documents; None where none were judged."""
    period: tuple[dt.date, dt.date]
    slot: dt.datetime | None = None
    previous: content.Report | None = None
    certified: int = 0
    """The newest certificate that the last report of a slot counted."""

    @property
    def is_slot(self) -> bool:
        return self.slot is not None

    @property
    def last_day(self) -> dt.date:
        """Of the trend; a slot may be made good on a later day."""
        today = self.now.astimezone(calendar.OSLO).date()
        return today if self.is_slot else min(self.period[1], today)


def build(ledger: opened.Ledger, scope: Scope) -> tuple[content.Report, int]:
    """The report, and the newest certificate that it counts. Blocks; reads only."""
    counted = _find_certificates(ledger, scope)
    story = _Story(ledger, scope, counted)
    held = story.find_held()
    cards, warned_cards, newest_finding = story.find_cards(held.by_client)
    lines = tuple(report_figures.to_lines(counted))
    sent = [line for line in lines if line.purpose == "distribute"]
    report = content.Report(
        tenant=scope.tenant,
        client=report_items.find_name(ledger, scope.tenant),
        language=scope.language,
        made_at=scope.now.astimezone(calendar.OSLO),
        slot=scope.slot,
        period=scope.period,
        fetched=sum(line.count["fetched"] - line.count["skipped"] for line in sent),
        sent=sum(line.count["accepted"] for line in sent),
        next_slot=schedules.find_next(ledger, scope.tenant, "invoice_intake", scope.now),
        held=tuple(held.by_client),
        waits_on_us=tuple(story.find_ours(held.by_us)),
        waiting_credit_notes=len(held.by_nobody),
        released=tuple(story.find_released(held)),
        warnings=(*story.find_warnings(), *warned_cards),
        cards=tuple(cards),
        trend=tuple(report_figures.find_trend(ledger, scope.tenant, scope.last_day)),
        certificates=lines,
        stops=tuple(
            gateway_messages.stopped(scope.language, stop.scope, stop.at) for stop in stops.find_all_standing(ledger, scope.tenant)
        ),
        returns=report_returned.find(ledger, scope.tenant, scope.language),
        rules=_say_rules(scope),
        newest_finding=newest_finding,
    )
    return report, max([scope.certified, *(one.id for one in counted)])


def _say_rules(scope: Scope) -> str:
    if scope.rules is None:
        return ""
    return wording.say("rules_version", scope.language, version=blocking.VERSION, hash=scope.rules.fingerprint())


def _find_certificates(ledger: opened.Ledger, scope: Scope) -> list[client_news.Stored]:
    """Of a slot, all that the last report has not counted; of a period, all of its days.

    The first report reaches back a week: the tenant's first runs may have died before they made one.
    """
    first, last = scope.period
    if not scope.is_slot:
        return client_news.find_certificates(
            ledger, scope.tenant, since=report_figures.midnight(first), until=report_figures.midnight(last + dt.timedelta(days=1))
        )
    since = dt.datetime.min.replace(tzinfo=dt.UTC) if scope.certified else report_figures.midnight(first - _WEEK)
    until = scope.now + dt.timedelta(seconds=1)
    return client_news.find_certificates(ledger, scope.tenant, after_id=scope.certified, since=since, until=until)


def read(ledger: opened.Ledger, tenant: str, report_id: int) -> content.Report | None:
    """What a report of before says; None when it was purged, or made by an older version of us that wrote it otherwise."""
    data = client_reports.read(ledger, tenant, report_id, "content")
    try:
        return _CONTENT.decode(data) if data else None
    except msgspec.ValidationError:
        return None


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is held, by who must act; `by_nobody` are credit notes (ids) that wait for nothing but their invoice."""

    by_client: list[content.Item] = []
    by_us: list[content.Item] = []
    by_nobody: list[int] = []


class _Story:
    """One report's questions to the ledger about documents and cards."""

    def __init__(self, ledger: opened.Ledger, scope: Scope, counted: Sequence[client_news.Stored]) -> None:
        self._ledger, self._scope, self._tenant, self._counted = ledger, scope, scope.tenant, counted
        self._items = report_items.Reader(ledger, scope.tenant, scope.language)
        self._before = {item.document_id: item for item in scope.previous.held} if scope.previous else {}

    def find_held(self) -> _Held:
        """All that is held now; what waits for the client stands by amount, the largest first."""
        held = deliveries.find_open_documents(self._ledger, self._tenant, _HELD, ["held"])
        all_, since = _Held(), self._find_since()
        for ids in engine.chunks(held, deliveries.PAGE):
            states = {purpose: deliveries.find_states(self._ledger, self._tenant, purpose, ids) for purpose in _HELD}
            for head, found in self._items.read(ids):
                actor = values.who_must_act(found)
                if actor == "nobody":
                    all_.by_nobody.append(head.id)
                    continue
                holds = tuple(purpose for purpose in _HELD if states[purpose].get(head.id) == "held")
                item = self._items.to_item(head, sorted(found, key=lambda one: not one.purposes))
                item = msgspec.structs.replace(item, holds=holds, since=since.get(head.id, since[None]))
                (all_.by_client if actor == "client" else all_.by_us).append(item)
        for items in (all_.by_client, all_.by_us):
            items.sort(key=lambda item: (cases.rank(item.amount), item.number, item.buyer))
        return all_

    def _find_since(self) -> dict[int | None, dt.date | None]:
        """Since when a document is held, and under None what goes for one that no report of a slot has named yet.

        A slot's own date goes for it, unless what the last report said is gone. A period is of other days.
        """
        scope = self._scope
        last = scope.previous if scope.is_slot else _find_last_of_slot(self._ledger, self._tenant)
        known = {item.document_id: item.since for item in (*last.held, *last.waits_on_us) if item.holds} if last else {}
        is_new = scope.is_slot and (scope.previous is not None or not scope.certified)
        return {**known, None: scope.period[1] if is_new else None}

    def find_ours(self, held: Sequence[content.Item]) -> Iterator[content.Item]:
        """What a counterpart has not answered, what one refused lately, and what of `held` is neither.

        A counterpart's own words may name anybody and stay with us.
        """
        ours = {item.document_id: item for item in held}
        since = report_figures.midnight(self._scope.period[1]) - _MONTH
        lately = [one.id for one in self._counted if one.at >= since]
        by_document: dict[int, list[client_news.Settled]] = collections.defaultdict(list)
        for row in client_news.find_unsolved(self._ledger, self._tenant, _PURPOSES, lately):
            by_document[row.document_id].append(row)
        for head, _ in self._items.read(by_document):
            item = ours.pop(head.id, None) or self._items.to_item(head, ())
            problems = tuple(self._to_problem(row) for row in by_document[head.id])
            yield msgspec.structs.replace(item, problems=(*item.problems, *problems))
        yield from ours.values()

    def _to_problem(self, row: client_news.Settled) -> content.Problem:
        language = self._scope.language
        what = wording.say(f"ours_{row.state}_{row.purpose}", language)
        return content.Problem(code=row.state, field="", what=what, remedy=wording.say(f"ours_{row.state}", language))

    def find_released(self, held: _Held) -> Iterator[content.Released]:
        """What waited for the client in the last report and does so no more, with what became of it."""
        ours = {item.document_id for item in held.by_us}
        still = {*held.by_nobody, *(item.document_id for item in held.by_client)}
        gone = [i for i in self._before if i not in still]
        states = {purpose: deliveries.find_states(self._ledger, self._tenant, purpose, gone) for purpose in _FORTH}
        for i in gone:
            item, now = self._before[i], [states[purpose][i] for purpose in reversed(_FORTH) if i in states[purpose]]
            if item.amount is not None and item.kind in ("invoice", "credit_note"):
                became = "with_us" if i in ours else _to_became(now)
                yield content.Released(kind=item.kind, number=item.number, buyer=item.buyer, amount=item.amount, became=became)

    def find_warnings(self) -> Iterator[content.Item]:
        """What reached its debtor by the certificates that this report counts, and is worth mending."""
        ids = client_news.find_warned(self._ledger, self._tenant, [one.id for one in self._counted])
        for head, found in self._items.read(ids):
            said = [one for one in found if not one.purposes and (one.severity != "info" or one.holds)]
            if said:
                yield self._items.to_item(head, said)

    def find_cards(self, held: Sequence[content.Item]) -> tuple[list[content.Item], list[content.Item], int]:
        """By the newest check of the register: the cards that would hold the next invoice, and those with a new warning only.

        New is what the last report did not know; without one, and of a period, all that stands. The third is what this one knows.
        A card is left out where all that it would hold stands under a document that is `held`.
        """
        told = {(item.customer_number, problem.code) for item in held for problem in item.problems}
        after = self._scope.previous.newest_finding if self._scope.previous else 0
        came = client_news.find_came(self._ledger, self._tenant, register.STATION, after)
        new = {(one.document_id, one.code, one.field, one.value) for one in came}
        holding, warned = list[content.Item](), list[content.Item]()
        ids = {*client_news.find_holding(self._ledger, self._tenant, register.STATION), *(one.document_id for one in came)}
        for head, found in self._items.read(sorted(ids)):
            said = [one for one in found if one.severity != "info" or one.holds]
            holds = tuple(purpose for purpose in _FORTH if any(purpose in one.holds for one in said))
            if holds:
                item = self._items.to_item(head, sorted(said, key=lambda one: not one.purposes))
                if not all((head.customer_number, one.code) in told for one in said if one.purposes):
                    holding.append(msgspec.structs.replace(item, holds=holds))
            elif fresh := [one for one in said if (head.id, one.code, one.field, one.value) in new]:
                warned.append(self._items.to_item(head, fresh))
        return holding, warned, max([after, *(one.id for one in came)])


def _find_last_of_slot(ledger: opened.Ledger, tenant: str) -> content.Report | None:
    """The newest report of a slot; None when there is none that can be read."""
    last = next((one for one in client_reports.find_newest(ledger, tenant, _LOOK_BACK) if one.slot is not None), None)
    return read(ledger, tenant, last.id) if last else None


def _to_became(states: Sequence[str]) -> content.Became:
    """What became of a document, by the state of its distribution (where it has one) and of its booking."""
    if any(state in _WITH_US for state in states):
        return "with_us"
    return _BECAME.get(next(iter(states), ""), "on_its_way")
