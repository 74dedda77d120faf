"""Alembic's environment: runs the migrations on the connection that engine.migrate hands over."""

from alembic import context

from fakturabro.ledger.operations import stop

context.configure(connection=context.config.attributes["connection"], target_metadata=stop.metadata, render_as_batch=True)
context.run_migrations()
