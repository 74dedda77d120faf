"""Alembic's environment: runs the migrations on the connection that engine.migrate hands over."""

from alembic import context

from fakturabro.ledger import client_tables, operations

_ALL = (operations.stop.metadata, client_tables.client_report.metadata)
context.configure(connection=context.config.attributes["connection"], target_metadata=_ALL[0], render_as_batch=True)
context.run_migrations()
