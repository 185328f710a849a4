"""Downloads of history, as rows."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from rhapsode.storage import history_downloads, schema
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.history_downloads import HistoryDownload, download_id_of
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records, Transaction, ensure_workspace
from rhapsode.studio.errors import DataDamaged, DownloadNotFound
from rhapsode.studio.ids import HistoryItemId, new_id

from .stored import DAY_MS, FOREIGN, WORKSPACE

ITEMS = tuple(HistoryItemId(new_id()) for _ in range(3))
DOWNLOAD = HistoryDownload(ITEMS, "wav_44100")


def keep(records: Records, download: HistoryDownload = DOWNLOAD) -> str:
    with records.write(WORKSPACE) as tx:
        return history_downloads.keep_download(tx, download)


def used_at_ms(tx: Transaction) -> int:
    return int(tx.connection.execute(sa.select(schema.history_downloads.c.used_at_ms)).scalar_one())


def at(tx: Transaction, now_ms: int) -> Transaction:
    """The same transaction at another time."""
    return replace(tx, now_ms=now_ms)


def test_a_download_is_found_by_its_id(records: Records) -> None:
    """As it was asked for, the order of its items too."""
    download_id = keep(records)
    with records.read(WORKSPACE) as tx:
        assert history_downloads.get_download(tx, download_id) == DOWNLOAD
    assert len(download_id) == 32
    assert set(download_id) <= set("0123456789abcdef")


def test_the_same_items_are_one_download(records: Records) -> None:
    """However often they are asked for."""
    assert keep(records) == keep(records)
    with records.read(WORKSPACE) as tx:
        rows = sa.select(sa.func.count()).select_from(schema.history_downloads)
        assert tx.connection.execute(rows).scalar() == 1


def test_all_that_decides_the_bytes_decides_the_id() -> None:
    """Items, their order and their format; and nobody else's workspace has the same one."""
    ids = {
        download_id_of(workspace_id, download)
        for workspace_id in (WORKSPACE, FOREIGN)
        for download in (
            DOWNLOAD,
            replace(DOWNLOAD, history_item_ids=ITEMS[::-1]),
            replace(DOWNLOAD, history_item_ids=ITEMS[:2]),
            replace(DOWNLOAD, output_format=None),
        )
    }
    assert len(ids) == 8


def test_it_belongs_to_its_workspace(records: Records) -> None:
    """For all others it is as absent as one that never was."""
    download_id = keep(records)
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)
    for workspace_id, wanted in ((FOREIGN, download_id), (WORKSPACE, "0" * 32)):
        with records.read(workspace_id) as tx, pytest.raises(DownloadNotFound):
            history_downloads.get_download(tx, wanted)


def test_use_is_noted_once_a_day(records: Records) -> None:
    """Going on with a download a hundred times writes once."""
    download_id = keep(records)
    with records.write(WORKSPACE) as tx:
        first = used_at_ms(tx)
        for later_ms, noted_ms in ((DAY_MS, first), (DAY_MS + 1, first + DAY_MS + 1)):
            later = at(tx, first + later_ms)
            assert history_downloads.is_due_for_touch(later, download_id) is (noted_ms > first)
            history_downloads.touch_download(later, download_id)
            assert used_at_ms(tx) == noted_ms


def test_what_nobody_asks_for_is_forgotten(records: Records, blobs: LocalBlobs) -> None:
    """A month after it was last asked for, and not before."""
    download_id = keep(records)
    with records.read(WORKSPACE) as tx:
        kept_at_ms = used_at_ms(tx)
    clean_up(records, blobs, CleanupPolicy(), now_ms=kept_at_ms + 30 * DAY_MS)
    with records.read(WORKSPACE) as tx:
        assert history_downloads.get_download(tx, download_id) == DOWNLOAD
    clean_up(records, blobs, CleanupPolicy(), now_ms=kept_at_ms + 30 * DAY_MS + 1)
    with records.read(WORKSPACE) as tx, pytest.raises(DownloadNotFound):
        history_downloads.get_download(tx, download_id)


def test_a_damaged_list_is_damage(records: Records) -> None:
    """And no surprise."""
    download_id = keep(records)
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.history_downloads.update().values(items=b"?"))
    with records.read(WORKSPACE) as tx, pytest.raises(DataDamaged):
        history_downloads.get_download(tx, download_id)
