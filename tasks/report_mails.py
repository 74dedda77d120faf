"""The mail about a report: to each of the client's persons, when something new waits for the client, with a link of their own.

A cause is noted as told before its mail leaves, and forgotten again when certainly no mail left: so nobody reads the same twice in
a day, and who was told nothing is told in the next slot. What may have arrived counts as told.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator

from data_quality import messages as sentences
from data_quality.report import content, pdf, wording, xlsx
from fakturabro.gateway import asking
from fakturabro.ledger import clients, told_causes
from fakturabro.remote import errors
from fakturabro.systems.mail import letters
from tasks import asking as gateway
from tasks import clock, connect, messages, options, run_context
from tasks import report_messages as texts

_NAME = "Fakturabro"
_TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FORMS = {"pdf": pdf.render, "xlsx": xlsx.render}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """A report to tell of; `day` is the business date on which a cause is told once."""

    tenant: str
    report: content.Report
    report_id: int
    chosen: options.ReportOptions
    day: dt.date


def tell(connections: connect.Connections, order: Order) -> list[str]:
    """Mail the client's persons if there is something to say; a sentence for each mail that did not leave. Blocks."""
    ledger, chosen = connections.ledger, order.chosen
    people = clients.find(ledger, order.tenant) if chosen.mail != "never" else []
    if not people:
        return []
    new = told_causes.record_told(ledger, order.tenant, order.day, find_causes(order.report))
    if not new and chosen.mail != "always":
        return []
    sent, failed = 0, []
    for person in people:
        try:
            _send(connections, order, person, len(new))
            sent += 1
        except errors.Uncertain as error:  # it may have arrived, and nobody is to read the same twice
            run_context.logger().warning("%s: %s", order.tenant, error)
            sent += 1
        except (errors.RemoteError, connect.SettingError) as error:
            failed.append(messages.not_told(person.email, str(error)))
    if not sent:
        told_causes.forget(ledger, order.tenant, order.day, new)
    return failed


def find_causes(report: content.Report) -> list[str]:
    """What the client is to mend: a fault of a customer card once, however many documents it holds; others by document."""
    return list(dict.fromkeys(_causes(report)))


def _causes(report: content.Report) -> Iterator[str]:
    for item in (*report.held, *report.cards):
        for problem in item.problems:
            if problem.severity == "block":
                whose = item.customer_number if sentences.is_about_card(problem.code) else f"{item.kind} {item.document_id}"
                said = "\x1f".join((whose, problem.code, problem.field, problem.value))
                yield hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _send(connections: connect.Connections, order: Order, person: clients.Client, new: int) -> None:
    """Raises the ladder of remote/errors.py."""
    asker = gateway.asker(connections)
    report, language = order.report, order.chosen.language
    link = asking.client_link(asker, order.tenant, person.email, clock.now())
    sender, domain = connections.mail_identity()
    name = hashlib.sha256(f"{order.tenant} {order.report_id} {person.email}".encode()).hexdigest()[:24]
    message = letters.build(
        message_id=f"<report.{name}@{domain}>",
        date=clock.now(),
        client_name=_NAME,
        sender=sender,
        reply_to=sender,
        recipients=[person.email],
        subject=texts.subject(report, language),
        text=texts.text(report, person.name, new, wording.deadline(report), link, language),
        attachments=[
            letters.Attachment(
                file_name=texts.file_name(report, form), content_type=_TYPES[form], content=_FORMS[form](order.report)
            )
            for form in order.chosen.attach
        ],
    )
    with connections.mail() as relay:
        relay.send(message, [person.email])
