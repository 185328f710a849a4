"""Alembic's entry: migrate on the connection that `records` hands over."""

from alembic import context

from rhapsode.storage import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
