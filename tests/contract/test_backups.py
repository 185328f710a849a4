"""A backup through a running server, and what a server has that starts on what was restored from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elevenlabs import ElevenLabs
from tests.postgres import sqlite_only

from rhapsode.api.own_wire import BackupOrder
from rhapsode.cli.running_server import RunningServer
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.backups.restoring import restore_backup
from rhapsode.storage.disk_usage import measure_disk
from rhapsode.studio.errors import RhapsodeError

from .asking import raw_http
from .journeys import convert_and_wait, make_project
from .running import LiveServer, in_new_workspaces, running_server


@pytest.fixture
def server(unharmed_server: LiveServer) -> Iterator[LiveServer]:
    """Of the one that all tests share, some have harmed packs, which a backup tells."""
    yield from in_new_workspaces(unharmed_server)


def archive_of(client: ElevenLabs, project_id: str) -> bytes:
    """The archive of a project's newest snapshot."""
    snapshot = client.studio.projects.snapshots.list(project_id).snapshots[0]
    stream = client.studio.projects.snapshots.stream_archive(project_id, snapshot.project_snapshot_id)
    return b"".join(stream)


@sqlite_only
def test_what_a_restored_backup_serves_is_what_was_served(
    server: LiveServer, client: ElevenLabs, commands: RunningServer, tmp_path: Path
) -> None:
    """Archive, history, its search, settings and keys: a server on the restored directory answers the same."""
    project_id = make_project(client, title="By the Sea")
    convert_and_wait(client, project_id)
    spoken = b"".join(client.text_to_speech.convert("tone_low", text="The tide comes in."))
    client.voices.settings.update("tone_low", request={"speed": 1.1})
    steps: list[tuple[int, int]] = []

    report = commands.back_up(
        BackupOrder(str(tmp_path / "backups"), None), on_progress=lambda *step: steps.append(step)
    )
    last = list_audit_entries(server.records, since_ms=0)[-1]
    assert (last.actor, last.action, last.object_id) == ("command line", "backup.taken", report.backup_id)
    restore_backup(
        str(tmp_path / "backups"),
        tmp_path / "data",
        backup_id=report.backup_id,
        blobs_url=None,
        on_progress=lambda _done, _total: None,
    )

    measured = measure_disk(server.records, server.studio.blobs)
    assert commands.measure_disk().workspaces == measured.workspaces
    assert report.missing == ()
    assert steps[-1][0] == steps[-1][1] == report.size_bytes
    asked = (
        f"/v1/studio/projects/{project_id}",
        "/v1/history?search=tide",
        "/v1/voices/tone_low/settings",
        "/v1/studio/projects",
    )
    with running_server(tmp_path / "data") as restored, raw_http(restored.url, server.key) as http:
        (item,) = http.get("/v1/history?search=tide").json()["history"]
        assert http.get(f"/v1/history/{item['history_item_id']}/audio").content == spoken
        restored_client = ElevenLabs(base_url=restored.url, api_key=server.key, httpx_client=http)
        assert archive_of(restored_client, project_id) == archive_of(client, project_id)
        with raw_http(server.url, server.key) as original:
            assert [http.get(path).json() for path in asked] == [original.get(path).json() for path in asked]
        with raw_http(restored.url, server.other_key) as other:
            assert other.get("/v1/studio/projects").json()["projects"] == []


def test_a_refused_backup_says_why(commands: RunningServer, tmp_path: Path) -> None:
    """A server that may not use the place says so, and leaves what is there alone."""
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "letters.txt").write_text("Dear Rhea")

    with pytest.raises(RhapsodeError, match="something else in it"):
        commands.back_up(BackupOrder(str(desk), None), on_progress=lambda _done, _total: None)

    assert [path.name for path in desk.iterdir() if not path.name.startswith(".")] == ["letters.txt"]
