"""Whether what is stored can be reached, asked as cheaply as that can be."""

import contextlib
import os
import shutil
from pathlib import Path

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, list_workspaces
from rhapsode.studio.errors import BlobMissing
from rhapsode.studio.limits import MIN_FREE_BYTES
from rhapsode.telemetry.readiness import NotReady

_NOBODYS_KEY = "readiness"


def check_records(records: Records) -> str:
    """Ask for one small table. Raises: what records raise; NotReady."""
    if not list_workspaces(records):
        msg = "The records have no workspace."
        raise NotReady(msg)
    return "The records answer."


def check_blobs(blobs: Blobs) -> str:
    """Ask for the size of what isn't there: one request, in an object store. Raises: OSError, NotReady."""
    if not os.access(blobs.temporary_directory(), os.W_OK):
        msg = "Packs can't be written."
        raise NotReady(msg)
    with contextlib.suppress(BlobMissing):
        blobs.size_bytes(_NOBODYS_KEY)
    return "Packs can be read and written."


def check_space(directory: Path, min_free_bytes: int = MIN_FREE_BYTES) -> str:
    """Look how much space a directory's disk has. Raises: OSError; NotReady, when it is less than that."""
    if shutil.disk_usage(directory).free < min_free_bytes:
        msg = f"Less than {min_free_bytes / 2**20:,.0f} MiB of the disk are free."
        raise NotReady(msg)
    return "The disk has room."
