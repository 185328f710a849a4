"""Queries on downloads of history: which items each has, so that it can be asked for again by its address."""

import hashlib
import json
import zlib
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.errors import DataDamaged, DownloadNotFound
from rhapsode.studio.ids import HistoryItemId, WorkspaceId

_DOWNLOADS = schema.history_downloads
_ID_CHARACTERS = 32
_TOUCHED_AGAIN_AFTER_MS = 24 * 3600 * 1000
"""A download that is gone on with all the time need not be written to each time."""


@dataclass(frozen=True, slots=True)
class HistoryDownload:
    """What was asked for. output_format: None for each item's own."""

    history_item_ids: tuple[HistoryItemId, ...]
    output_format: str | None


def download_id_of(workspace_id: WorkspaceId, download: HistoryDownload) -> str:
    """What a download is found by: the same for the same items in the same order."""
    named = "\0".join([workspace_id, download.output_format or "", *download.history_item_ids])
    return hashlib.sha256(named.encode()).hexdigest()[:_ID_CHARACTERS]


def keep_download(tx: Transaction, download: HistoryDownload) -> str:
    """Keep what was asked for, from now on for as long as somebody asks again; its id."""
    download_id = download_id_of(tx.workspace_id, download)
    values = {
        "download_id": download_id,
        "workspace_id": tx.workspace_id,
        "items": zlib.compress(json.dumps(download.history_item_ids).encode()),
        "output_format": download.output_format,
        "created_at_ms": tx.now_ms,
        "used_at_ms": tx.now_ms,
    }
    tx.connection.execute(insert_or_ignore(tx.connection, _DOWNLOADS), values)
    touch_download(tx, download_id)
    return download_id


def get_download(tx: Transaction, download_id: str) -> HistoryDownload:
    """What was asked for. Raises: DownloadNotFound; DataDamaged."""
    row = tx.connection.execute(
        sa.select(_DOWNLOADS.c["items"], _DOWNLOADS.c.output_format).where(*_of(tx, download_id))
    ).first()
    if row is None:
        msg = f"There is no download {download_id}: ask for its items again."
        raise DownloadNotFound(msg)
    content, output_format = row
    try:
        items = json.loads(zlib.decompress(content))
    except (zlib.error, ValueError) as error:
        msg = f"The list of a download's items can't be read: {error!r}."
        raise DataDamaged(msg) from error
    return HistoryDownload(tuple(items), output_format)


def is_due_for_touch(tx: Transaction, download_id: str) -> bool:
    """Whether nobody has said for a day that the download is used."""
    return bool(tx.connection.execute(sa.select(sa.exists().where(*_untouched(tx, download_id)))).scalar())


def touch_download(tx: Transaction, download_id: str) -> None:
    """Let a download count as used just now; nothing is written where it does already."""
    tx.connection.execute(
        _DOWNLOADS.update().where(*_untouched(tx, download_id)).values(used_at_ms=tx.now_ms)
    )


def delete_old_downloads(tx: Transaction, *, before_ms: int) -> int:
    """Forget the downloads that were last used before a moment; how many they were."""
    return tx.connection.execute(
        _DOWNLOADS.delete().where(
            _DOWNLOADS.c.workspace_id == tx.workspace_id, _DOWNLOADS.c.used_at_ms < before_ms
        )
    ).rowcount


def _untouched(tx: Transaction, download_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_of(tx, download_id), _DOWNLOADS.c.used_at_ms < tx.now_ms - _TOUCHED_AGAIN_AFTER_MS)


def _of(tx: Transaction, download_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _DOWNLOADS.c.workspace_id == tx.workspace_id, _DOWNLOADS.c.download_id == download_id
