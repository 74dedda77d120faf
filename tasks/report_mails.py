"""The mail about a report: to each of the client's persons, when something waits for the client, with a link of their own.

A cause is noted as told to a person before the mail leaves, and forgotten again when certainly no mail left: so nobody reads the
same twice in a day, and who was told nothing is told in the next slot. What may have arrived counts as told.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

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
    """Mail the client's persons if there is something to say; a sentence for each mail that did not leave. Blocks.

    Raises clients.ClientError when the tenant's file names them in a way that cannot be read.
    """
    if order.chosen.mail == "never" and not order.always:
        return []
    causes, failed = find_causes(order.report), []
    for person in clients.find(connections.ledger, order.tenant):
        try:
            _tell(connections, order, person, causes)
        except errors.Uncertain:  # it may have arrived, and nobody is to read the same twice
            run_context.logger().warning("%s: %s", order.tenant, messages.perhaps_told())
        except Exception as error:  # one person's mail is not another's, and Prefect's pages are no place for addresses
            run_context.logger().warning("%s: %s", order.tenant, messages.not_told(type(error).__name__))
            failed.append(messages.not_told(type(error).__name__))
    return failed


def _tell(connections: connect.Connections, order: Order, person: clients.Client, causes: Sequence[str]) -> None:
    ledger, tenant, day = connections.ledger, order.tenant, order.day
    mine = [_digest(person.email, cause) for cause in causes]
    always = [_digest(person.email, order.name)] if order.always or order.chosen.mail == "always" else []
    known = told_causes.find_known(ledger, tenant, mine, day)
    told = told_causes.record_told(ledger, tenant, day, [*mine, *always])
    if not told:
        return
    try:
        _send(connections, order, person, len(set(told) - known - set(always)))
    except errors.Uncertain:
        raise
    except Exception:
        told_causes.forget(ledger, tenant, day, told)
        raise


def find_causes(report: content.Report) -> list[str]:
    """What the client is to mend: a fault of a customer card once, however many documents it holds; others by document."""
    return list(dict.fromkeys(_causes(report)))


def _causes(report: content.Report) -> Iterator[str]:
    for item in (*report.held, *report.cards):
        for problem in item.problems:
            if problem.holds:
                whose = item.customer_number if sentences.is_about_card(problem.code) else f"{item.kind} {item.document_id}"
                yield _digest(whose, problem.code, problem.field, problem.value)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


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
