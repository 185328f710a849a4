"""The installation at a glance."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.waiting import wait_until

from rhapsode import __version__
from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_ins import SignIns
from rhapsode.api.own_wire import BackupOrder
from rhapsode.cli.running_server import RunningServer
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.housekeeping import Housekeeping
from rhapsode.storage.members import Member, beat, leave
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.room import Room

from .asking import raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer

SYSTEM = "/rhapsode/v1/system"


def default_key(server: LiveServer, terms: KeyTerms | None = None) -> str:
    """A key of the first workspace, whose admins run the installation."""
    made = create_api_key(server.records, DEFAULT_WORKSPACE_ID, name="house", terms=terms or KeyTerms())
    return made.secret


@pytest.fixture
def admin(server: LiveServer) -> Iterator[httpx.Client]:
    """Somebody who runs the installation."""
    with raw_http(server.url, default_key(server)) as client:
        yield client


def test_a_server_is_told_at_a_glance(server: LiveServer, admin: httpx.Client, tmp_path: Path) -> None:
    """Version, readiness, disks, renderers, engines and clean-up, without a path of the machine."""
    room = Room([tmp_path], 0)
    housekeeping = Housekeeping(server.records, server.services.blobs, first_after_s=0, every_s=3600)
    rule = AccessRule(partial(find_owner, server.records), sign_ins=SignIns(server.records))
    shown = {"measure_disks": room.measure, "find_last_clean_up": housekeeping.find_last_run}
    with probed(server, rule, **shown) as url, raw_http(url, admin.headers["xi-api-key"]) as client:
        before = client.get(SYSTEM).json()
        housekeeping.start()
        wait_until(lambda: housekeeping.find_last_run() is not None)
        answer = client.get(SYSTEM)
        housekeeping.stop()

    told = answer.json()
    (disk,) = room.measure()
    assert (told["version"], told["is_ready"]) == (__version__, True)
    assert told["storage"]["database"] in ("sqlite", "postgresql")
    assert told["storage"]["store"] == "folder"
    assert told["storage"]["data"]["size_bytes"] == told["storage"]["packs"]["size_bytes"] == disk.size_bytes
    assert told["renderers"]["process_count"] == server.services.pool.process_count
    tone = next(engine for engine in told["engines"] if engine["engine_id"] == "tone")
    assert (tone["is_ok"], tone["problem"]) == (True, None)
    assert before["last_clean_up"] is None
    assert told["last_clean_up"]["error"] is None
    assert told["last_clean_up"]["ended_at_unix"] >= told["started_at_unix"]
    assert told["requests"]["count"] > before["requests"]["count"]
    assert str(server.studio.root) not in answer.text


def test_a_backup_is_remembered(
    server: LiveServer, admin: httpx.Client, commands: RunningServer, tmp_path: Path
) -> None:
    """By the audit log, so after a restart too; where it went isn't told."""
    place = tmp_path / "backups"
    report = commands.back_up(BackupOrder(str(place), None), on_progress=lambda *_: None)

    told = admin.get(SYSTEM)
    assert told.json()["last_backup"]["taken_at_unix"] > 0
    assert str(place) not in told.text
    entries = admin.get("/rhapsode/v1/audit").json()["entries"]
    assert (entries[-1]["actor"], entries[-1]["action"], entries[-1]["object_id"]) == (
        "command line",
        "backup.taken",
        report.backup_id,
    )


def test_members_are_told(server: LiveServer, admin: httpx.Client) -> None:
    """Where several share the installation."""
    assert admin.get(SYSTEM).json()["members"] == []
    beat(server.records, Member("rack3", "worker", "rack3:4711", "1.0", ("tone",)))
    (member,) = admin.get(SYSTEM).json()["members"]
    leave(server.records, "rack3")

    assert (member["name"], member["kind"], member["engines"]) == ("rack3:4711", "worker", ["tone"])


def test_only_who_runs_the_installation_sees_it(server: LiveServer, http: httpx.Client) -> None:
    """No admin of another workspace, and no key that may do less."""
    assert error_of(http.get(SYSTEM)) == (401, "missing_permissions")
    with raw_http(server.url, default_key(server, KeyTerms(permissions=("projects_read",)))) as other:
        assert error_of(other.get(SYSTEM)) == (401, "missing_permissions")
