"""Workspaces, users and the audit log from the command line, where no server runs and where one does."""

import json

import httpx
import pytest
from tests.waiting import wait_until

from .program import Rhapsode
from .server import serving

# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = pytest.mark.slow


def get(url: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=60, trust_env=False)


def test_people_are_seen_to(rhapsode: Rhapsode) -> None:
    """Before a server runs and through one: the same commands, and what they do holds within seconds."""
    assert rhapsode.run("workspaces", "create", "Harbour").exit_status == 0
    made = rhapsode.run("users", "create", "ida@example.org", "--role", "viewer", "--workspace", "Harbour")
    assert made.exit_status == 0
    with serving(rhapsode) as server:
        new = rhapsode.run("keys", "create", "--user", "ida@example.org")
        key = new.output.splitlines()[-1].removeprefix("export ELEVENLABS_API_KEY=")
        headers = {"xi-api-key": key}
        told = get(f"{server.url}/rhapsode/v1/session", headers).json()
        assert get(f"{server.url}/v1/models", headers).status_code == 200
        assert (told["role"], told["workspace"]["name"]) == ("viewer", "Harbour")
        assert "ida@example.org" in rhapsode.run("users", "list").output
        assert "ida@example.org" in rhapsode.run("keys", "list", "--workspace", "Harbour").output
        assert rhapsode.run("users", "set-role", "ida@example.org", "editor").exit_status == 0
        assert rhapsode.run("workspaces", "delete", "Harbour", "--now").exit_status == 0
        wait_until(lambda: get(f"{server.url}/v1/models", headers).status_code == 401)

    assert rhapsode.run("workspaces", "delete", "Harbour").error.startswith("There is no workspace Harbour")
    entries = [json.loads(line) for line in rhapsode.run("audit", "--json").output.splitlines()]
    # What was done in the workspace went with it.
    assert [entry["action"] for entry in entries if entry["action"].startswith("workspace")] == [
        "workspace.deleted"
    ]
    assert {entry["actor"] for entry in entries} <= {"command line", "server"}
