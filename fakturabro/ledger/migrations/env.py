"""Alembic's environment: runs the migrations on the connection that engine.migrate hands over."""

from alembic import context

from fakturabro.ledger import operations
from fakturabro.ledger.clients import tables as client_tables
from fakturabro.ledger.payments import tables as bank_tables
from fakturabro.ledger.portal import tables as portal_tables
from fakturabro.ledger.returns import tables as return_tables
from fakturabro.ledger.synchronising import tables as sync_tables

_OURS = (operations.stop, client_tables.client_report, portal_tables.opening)
_OTHERS = (bank_tables.payment, return_tables.movement, sync_tables.pair)
_ALL = tuple(one.metadata for one in (*_OURS, *_OTHERS))
context.configure(connection=context.config.attributes["connection"], target_metadata=_ALL[0], render_as_batch=True)
context.run_migrations()
