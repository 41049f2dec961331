"""Run by alembic: applies the versions on the connection that `migrate` hands over."""

from alembic import context

from adapters.sql import outbox, tables  # noqa: F401  (they fill the metadata)
from adapters.sql.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds the lock and all versions
)
context.run_migrations()
