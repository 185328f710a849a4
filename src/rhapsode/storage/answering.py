"""Whether what is stored can be reached, asked as cheaply as that can be."""

import contextlib
import os

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, list_workspaces
from rhapsode.storage.room import Room
from rhapsode.studio.errors import BlobMissing, StorageFull
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


def check_space(room: Room) -> str:
    """Look how much space the disks have. Raises: OSError; NotReady, when new audio would be refused."""
    try:
        room.check()
    except StorageFull as error:
        msg = "The disk has less room than is kept free."
        raise NotReady(msg) from error
    return "The disk has room."
