"""The mail about a report: to each of the client's persons, when something waits for the client, with a link of their own.

A cause is noted as told to a person before the mail leaves, and forgotten again when certainly no mail left: so nobody reads the
same twice in a day, and who was told nothing is told in the next slot. What may have arrived counts as told. The slot is noted
like a cause, so nobody gets two mails about one slot; what a second run of it finds besides is told in the next.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence

from data_quality import messages as sentences
from data_quality.report import content
from fakturabro.domain import findings as values
from fakturabro.gateway import asking
from fakturabro.ledger import opened
from fakturabro.ledger.clients import persons as clients
from fakturabro.ledger.clients import reports as client_reports
from fakturabro.ledger.clients import told_causes
from fakturabro.remote import errors
from fakturabro.systems.mail import letters
from tasks import asking as gateway
from tasks import clock, connect, house_mails, kept_secrets, messages, options, run_context
from tasks.reports import messages as texts

_ADDRESS = re.compile(r"\S+@\S+")
_TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
MOST_ATTACHED = 5_000_000
"""Bytes of all that is attached to a mail. In a mail they are a third more, and many servers refuse what is above 10 MB."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """A report to tell of; `day` is the business date on which a cause is told once. `always`: a person wants it to be sent."""

    tenant: str
    report: content.Report
    report_id: int
    chosen: options.ReportOptions
    day: dt.date
    always: bool = False

    @property
    def name(self) -> str:
        """What a slot's report is, also when the slot runs twice; a period's is one of its own."""
        return f"slot {self.report.slot}" if self.report.slot else f"report {self.report_id}"


def tell(connections: connect.Connections, order: Order) -> list[str]:
    """Mail the client's persons if there is something to say; a sentence for each reason why a mail did not leave. Blocks."""
    if order.chosen.mail == "never" and not order.always:
        return []
    try:
        people = clients.find(connections.ledger, order.tenant)
    except clients.ClientError as error:
        return [messages.cannot_tell(_ADDRESS.sub("***", str(error)))]
    causes, attached, failed = find_causes(order.report), _find_attached(connections.ledger, order), list[str]()
    for person in people:
        try:
            _tell(connections, order, person, causes, attached)
        except errors.Uncertain:  # it may have arrived, and nobody is to read the same twice
            run_context.logger().warning("%s: %s", order.tenant, messages.perhaps_told())
        except Exception as error:  # one person's mail is not another's, and Prefect's pages are no place for addresses
            is_ours = isinstance(error, (connect.SettingError, kept_secrets.SecretError))
            failed.append(messages.cannot_tell(str(error)) if is_ours else messages.not_told(type(error).__name__))
            run_context.logger().warning("%s: %s", order.tenant, failed[-1])
    return list(dict.fromkeys(failed))


def _find_attached(ledger: opened.Ledger, order: Order) -> list[letters.Attachment]:
    """The forms that are to be attached, as they were made: each that the mail still has room for."""
    attached, room = list[letters.Attachment](), MOST_ATTACHED
    for form in order.chosen.attach:
        data = client_reports.read(ledger, order.tenant, order.report_id, form)
        if data and len(data) <= room:
            name = texts.file_name(order.report, form)
            attached.append(letters.Attachment(file_name=name, content_type=_TYPES[form], content=data))
            room -= len(data)
    return attached


def _tell(
    connections: connect.Connections,
    order: Order,
    person: clients.Client,
    causes: Sequence[str],
    attached: Sequence[letters.Attachment],
) -> None:
    ledger, tenant, day = connections.ledger, order.tenant, order.day
    mine = [_digest(person.email, cause) for cause in causes]
    mail, always = _digest(person.email, order.name), order.always or order.chosen.mail == "always"
    known = told_causes.find_known(ledger, tenant, mine, day)
    told = told_causes.record_told(ledger, tenant, day, [mail, *mine])
    if mail not in told or (told == [mail] and not always):
        told_causes.forget(ledger, tenant, day, told)
        return
    try:
        _send(connections, order, person, len({*told} - known - {mail}), attached)
    except errors.Uncertain:
        raise
    except Exception:
        told_causes.forget(ledger, tenant, day, told)
        raise


def find_causes(report: content.Report) -> list[str]:
    """What the client is to mend: a fault of a customer card once, however many documents it holds; others by document."""
    return list(dict.fromkeys(_causes(report)))


def _causes(report: content.Report) -> Iterator[str]:
    returned = report.returns.held if report.returns else ()
    for item in (*report.held, *report.cards, *returned):
        for problem in item.problems:
            if problem.holds and problem.code not in values.NOT_THE_CLIENTS:
                card = item.customer_number if sentences.is_about_card(problem.code) else ""
                whose = card or f"{item.kind} {item.document_id}"
                yield _digest(whose, problem.code, problem.field, problem.value)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _send(
    connections: connect.Connections, order: Order, person: clients.Client, new: int, attached: Sequence[letters.Attachment]
) -> None:
    """Raises the ladder of remote/errors.py."""
    asker = gateway.asker(connections)
    report = order.report
    link = asking.client_link(asker, order.tenant, person.email, clock.now())
    name = hashlib.sha256(f"{order.tenant} {order.report_id} {person.email}".encode()).hexdigest()[:24]
    text = texts.text(report, person.name, new, link, too_large=len(attached) < len(order.chosen.attach))
    house_mails.send(connections, f"report.{name}", person.email, texts.subject(report), text, attached)
