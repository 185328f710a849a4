"""Bring a database to the shape of schema.py."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.studio.errors import DataDirectoryRefused

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"


def bring_up_to_date(connection: sa.Connection) -> None:
    """Bring a database to the newest schema, within the connection's transaction.

    Raises: DataDirectoryRefused, with nothing changed, when a newer version of Rhapsode has migrated it.
    """
    if find_revision(connection) != schema.REVISION:
        migrate_to(connection, schema.REVISION)


def migrate_to(connection: sa.Connection, revision: str) -> None:
    """Bring a database that is older to a revision, within the connection's transaction.

    Raises: DataDirectoryRefused, with nothing changed, when this version knows it or the database's own not.
    """
    # Importing Alembic takes 0.4 s, which a command on a database that is up to date need not wait for.
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(migration_config(connection), revision)
    except CommandError as error:
        msg = "The records were written by a newer version of Rhapsode; this one can't read them."
        raise DataDirectoryRefused(msg) from error


def find_revision(connection: sa.Connection) -> str | None:
    """The last migration that a database has been through; None for a new one."""
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(
        sa.select(sa.text("version_num")).select_from(sa.table(_VERSION_TABLE))
    ).scalar()


def migration_config(connection: sa.Connection) -> "Config":
    """Alembic's configuration for the migrations of this package on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
