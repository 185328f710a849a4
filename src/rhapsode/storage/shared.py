"""The storage of an installation that several processes have: records in Postgres, packs in one store for all.

Each process still has a data directory of its own, for what it only keeps for a while. The directory remembers whose
storage that was, so that nobody later wonders where a library has gone.
"""

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.files import write_durably
from rhapsode.storage.members import ensure_installation_id, list_members
from rhapsode.storage.records import Records
from rhapsode.storage.stores import open_shared_blobs
from rhapsode.storage.totals import measure_totals
from rhapsode.studio.errors import DataDirectoryRefused, InvalidInput
from rhapsode.studio.ids import new_id


def open_shared(directory: DataDirectory, database_url: str, blobs_url: str | None) -> tuple[Records, Blobs]:
    """Records and blobs of an installation, for a process with a data directory of its own.

    database_url: as Records.open_postgres takes it.    blobs_url: see `storage.stores.open_blobs`.
    Raises: InvalidInput, without a store that all reach; DataDirectoryRefused, when the directory is of something
    else or the database of another version; RecordsUnavailable; ObjectStoreFailed; StorageFull.
    """
    url = _check_named(blobs_url)
    if directory.records_path.exists():
        msg = (
            f"{directory.root} has records of its own, which RHAPSODE_DATABASE_URL would leave aside. Choose another "
            "data directory, or unset it."
        )
        raise DataDirectoryRefused(msg)
    records = Records.open_postgres(database_url)
    try:
        installation_id = ensure_installation_id(records)
        _remember(directory, installation_id)

        def is_in_use() -> bool:
            # The first one may have been killed before it told the store whose it is.
            return bool(measure_totals(records).pack_bytes or list_members(records))

        return records, open_shared_blobs(directory, url, installation_id, is_in_use=is_in_use)
    except BaseException:
        records.close()
        raise


def begin_shared(directory: DataDirectory, blobs_url: str | None) -> Blobs:
    """The store of a new installation, whose id `find_shared` knows by then.

    It has nothing yet but what was begun here before.    Raises: as `open_shared` does.
    """
    url = _check_named(blobs_url)
    installation_id = find_shared(directory) or new_id()
    _remember(directory, installation_id)
    return open_shared_blobs(directory, url, installation_id, is_new=True)


def _check_named(blobs_url: str | None) -> str:
    if blobs_url is None:
        msg = "Who shares a database shares its packs too: set RHAPSODE_BLOBS_URL to a store that all of them reach."
        raise InvalidInput(msg)
    return blobs_url


def refuse_shared(directory: DataDirectory) -> None:
    """Refuse a directory of a process that shares its records. Raises: DataDirectoryRefused."""
    if directory.shared_path.exists():
        msg = f"The records of {directory.root} are in a database: set RHAPSODE_DATABASE_URL to that."
        raise DataDirectoryRefused(msg)


def _remember(directory: DataDirectory, installation_id: str) -> None:
    known_id = find_shared(directory)
    if known_id is not None:
        if known_id != installation_id:
            msg = f"{directory.root} was used with another database. Choose another data directory."
            raise DataDirectoryRefused(msg)
        return
    write_durably(directory.shared_path, f"{installation_id}\n".encode())


def find_shared(directory: DataDirectory) -> str | None:
    """The id of the installation that a directory is of, or is begun for; None where it has its own records."""
    path = directory.shared_path
    return path.read_text("utf-8").strip() if path.exists() else None
