"""What a command does by itself, where others may share the records with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.storage.stored import DAY_MS, WORKSPACE, commit, grow_older, key_of, rows_of, write_pack

from rhapsode.api.own_wire import BackupOrder
from rhapsode.app import App, open_app
from rhapsode.cli.this_process import ThisProcess
from rhapsode.storage import schema
from rhapsode.storage.housekeeping import CLEAN_UP
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.members import Member, beat, leave, take_lease
from rhapsode.storage.membership import Membership
from rhapsode.studio.errors import InvalidInput

SERVER = Member("server", "server", "there:1", "1.0")
UNUSED_MS = 40 * DAY_MS


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """What a command works with that is one of several members; a segment has long been of no use."""
    with open_app(tmp_path / "data", command="narrate", process_count=1) as alone:
        member = Member("command", "command", "here:2", "1.0")
        oldest = alone.running_downloads.oldest_started_at_ms
        membership = Membership(alone.records, member, find_oldest_download=oldest)
        assert isinstance(alone.blobs, LocalBlobs)
        commit(alone.records, write_pack(alone.blobs, {key_of("unused"): b"unused"}))
        grow_older(alone.records, UNUSED_MS)
        membership.start()
        yield replace(alone, part=membership)
        membership.stop()


def test_a_command_cleans_up_where_nobody_else_does(app: App) -> None:
    """While a server has that work it does nothing, and it keeps the work from nobody afterwards."""
    beat(app.records, SERVER)
    assert take_lease(app.records, CLEAN_UP, "server")
    ThisProcess(app).clean_up()
    assert rows_of(app.records, schema.segments)

    leave(app.records, "server")
    ThisProcess(app).clean_up()
    assert not rows_of(app.records, schema.segments)
    beat(app.records, SERVER)
    assert take_lease(app.records, CLEAN_UP, "server")


def test_without_a_server_nobody_is_signed_in(app: App) -> None:
    """There is nothing that would take the link."""
    with pytest.raises(InvalidInput, match="rhapsode serve"):
        ThisProcess(app).new_sign_in_link()


def test_a_command_cleans_up_nothing_that_a_server_sends(app: App) -> None:
    """What became due since the oldest download of all members began stays."""
    with app.records.read(WORKSPACE) as tx:
        began_ms = tx.now_ms - 20 * DAY_MS
    beat(app.records, replace(SERVER, oldest_download_at_ms=began_ms))

    ThisProcess(app).clean_up()

    assert rows_of(app.records, schema.segments)


def test_a_backup_is_a_download_to_others(app: App, tmp_path: Path) -> None:
    """As long as it copies, and no longer."""
    oldest: list[int | None] = []

    ThisProcess(app).back_up(
        BackupOrder(str(tmp_path / "backups"), None),
        on_progress=lambda _done, _total: oldest.append(app.part.oldest_download_at_ms()),
    )

    assert oldest
    assert None not in oldest
    assert app.part.oldest_download_at_ms() is None
