"""Alembic's environment: runs the migrations on the connection that engine.migrate hands over."""

from alembic import context

from fakturabro.ledger import bank_tables, client_tables, operations, portal_tables

_ALL = tuple(one.metadata for one in (operations.stop, client_tables.client_report, portal_tables.opening, bank_tables.payment))
context.configure(connection=context.config.attributes["connection"], target_metadata=_ALL[0], render_as_batch=True)
context.run_migrations()
