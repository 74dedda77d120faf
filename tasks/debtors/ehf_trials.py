"""Trying newer EHF rules before they are switched on: what they say of the newest documents beyond today's, or less."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Annotated

import msgspec
import pydantic
from prefect import task
from prefect.cache_policies import NO_CACHE

from fakturabro.domain import documents as values
from fakturabro.domain import money
from fakturabro.formats import ehf
from fakturabro.formats.ehf import editions, rules
from fakturabro.ledger import details, documents
from fakturabro.mapping import documents_to_factoring as mapping
from tasks import connect, installation, options, runs
from tasks.debtors import ehf_trial_messages as messages

COUNT = 500
"""How many of the tenant's newest documents the rules are tried on."""
Folder = Annotated[str, pydantic.Field(pattern=r"^\w[\w.-]*$")]
"""A folder's name, without a way to it."""
_RECEIVED = msgspec.json.Decoder(values.Received)


class TrialError(Exception):
    """The folder cannot be tried; the message says why."""


@task(name="Test EHF-reglene", cache_policy=NO_CACHE)
async def try_rules(slot: runs.Slot, chosen: options.FactoringOptions, folder: str) -> str:
    """Judge the same documents by the rules of now and by those in a folder, and leave a table of where they differ.

    Nothing is recorded or switched. Documents are written anew as their debtors are to get them, so those whose recipient or KID is
    not settled yet are left out, and so is what EHF cannot hold. Raises TrialError when the folder holds no rules.
    """
    before, after = rules.validator(installation.current().ehf_rules), _open(folder)
    rows: list[dict[str, str]] = []
    tried = 0
    for head, data in _write_newest(slot, chosen):
        tried += 1
        now, then = before.validate(data), after.validate(data)
        if _said(now) != _said(then):
            rows.append(messages.row(head.number, head.kind, money.norwegian(head.amount, head.currency), now, then))
    said = messages.description(tried, rows, before.version, after.version)
    await runs.table("ehf-rule-trial", slot.tenant, rows, said)
    return said


def _open(folder: str) -> rules.Validator:
    """A folder's own validator. Rules are programs, so only what an operator has laid under the installation's home is tried."""
    place: pathlib.Path = installation.current().ehf_editions / folder
    try:
        if not place.is_dir():
            raise TrialError(messages.no_ehf_rules(place, "mappen finnes ikke"))
        return rules.Validator(place)
    except editions.RulesError as error:
        raise TrialError(messages.no_ehf_rules(place, str(error))) from error


def _said(found: list[rules.Violation]) -> set[tuple[str, str, str]]:
    return {(one.rule, one.severity, one.location) for one in found}


def _write_newest(slot: runs.Slot, chosen: options.FactoringOptions) -> Iterator[tuple[documents.Recorded, bytes]]:
    ledger, tenant = connect.current().ledger, slot.tenant
    ids = documents.find_newest(ledger, tenant, values.KINDS, COUNT)
    kids, recipients = details.read_kids(ledger, tenant, ids), details.read_recipients(ledger, tenant, ids)
    for head in documents.read(ledger, tenant, [i for i in ids if i in kids and i in recipients]):
        invoice = _RECEIVED.decode(head.canonical).invoice
        if invoice is None or invoice.not_carried:
            continue
        try:
            yield head, ehf.write(mapping.to_distributed(invoice, recipients[head.id], chosen.agreement, kids[head.id]))
        except ehf.WriteError:
            continue  # what EHF cannot hold is no matter of its rules
