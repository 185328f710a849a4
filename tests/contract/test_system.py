"""The installation at a glance."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from rhapsode import __version__
from rhapsode.access.audit import note_backup
from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.access.sign_ins import SignIns
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.housekeeping import CleanUpRun
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
    run = CleanUpRun(1_795_358_262_892, None)
    rule = AccessRule(partial(find_owner, server.records), sign_ins=SignIns(server.records))
    shown = {"measure_disks": room.measure, "find_last_clean_up": lambda: run}
    with probed(server, rule, **shown) as url, raw_http(url, admin.headers["xi-api-key"]) as client:
        before = client.get(SYSTEM).json()
        answer = client.get(SYSTEM)

    told = answer.json()
    (disk,) = room.measure()
    assert (told["version"], told["is_ready"]) == (__version__, True)
    assert told["storage"]["database"] in ("sqlite", "postgresql")
    assert told["storage"]["store"] == "folder"
    assert told["storage"]["data"]["size_bytes"] == told["storage"]["packs"]["size_bytes"] == disk.size_bytes
    assert told["renderers"]["process_count"] == server.services.pool.process_count
    tone = next(engine for engine in told["engines"] if engine["engine_id"] == "tone")
    assert (tone["is_ok"], tone["problem"]) == (True, None)
    assert told["last_clean_up"] == {"ended_at_unix": 1_795_358_262, "error": None}
    assert told["requests"]["count"] > before["requests"]["count"]
    assert str(server.studio.root) not in answer.text


def test_a_backup_is_remembered(server: LiveServer, admin: httpx.Client) -> None:
    """By the audit log, so after a restart too; the last one counts."""
    note_backup(server.records, "first")
    note_backup(server.records, "second")

    last = list_audit_entries(server.records, since_ms=0)[-1]
    assert last.object_id == "second"
    assert admin.get(SYSTEM).json()["last_backup"] == {"taken_at_unix": last.created_at_ms // 1000}


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
