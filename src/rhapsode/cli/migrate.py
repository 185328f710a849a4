"""`rhapsode migrate`: bring a database that several processes have to this version."""

from rhapsode.cli.console import results
from rhapsode.settings import Settings
from rhapsode.storage.records import Records
from rhapsode.studio.errors import InvalidInput


def migrate() -> None:
    """Bring the database of RHAPSODE_DATABASE_URL to this version.

    To be run once, with the new version, before the first server or worker of it starts. Those of the version before
    may go on meanwhile. A data directory without such a database is migrated when it is opened.
    """
    url = Settings().database_url
    if url is None:
        msg = (
            "RHAPSODE_DATABASE_URL isn't set. A data directory is migrated when a command or server opens it."
        )
        raise InvalidInput(msg)
    Records.open_postgres(url.get_secret_value(), migrates=True).close()
    results.print("The database is of this version.")
