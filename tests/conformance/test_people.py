"""People on every database: whom it lets in, and what is left of a workspace that is deleted."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import PostgresServer

from rhapsode.access.caller import caller_of_key
from rhapsode.access.keys import find_owner
from rhapsode.access.people import PeopleHere
from rhapsode.access.sessions import begin_session, find_session_owner
from rhapsode.access.sign_in import SignInRule, identity_of, sign_in_by_identity, sign_in_by_login
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import NameTaken

CLAIMS = {
    "iss": "https://login.example.org",
    "sub": "4711",
    "email": "ida@example.org",
    "email_verified": True,
}


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """New records."""
    if request.param == "sqlite":
        found = Records.open_sqlite(tmp_path / "records.sqlite3")
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        found = Records.open_postgres(postgres.new_records())
    with contextlib.closing(found):
        yield found


@pytest.fixture
def people(records: Records, tmp_path: Path) -> PeopleHere:
    """All that is done about people."""
    return PeopleHere(records, LocalBlobs(tmp_path / "blobs"))


def test_a_workspace_lives_and_is_gone(records: Records, people: PeopleHere) -> None:
    """Its user comes in by key, session and identity, and when it is deleted nothing opens any more."""
    people.create_workspace("Harbour")
    user = people.create_user("Harbour", "ida@example.org", role="viewer", name=None)
    secret = people.create_api_key("Harbour", "laptop", user="ida@example.org").secret
    owner = find_owner(records, secret)
    assert owner is not None
    assert (owner.user_id, owner.role) == (user.user_id, "viewer")
    session = begin_session(records, caller_of_key(owner), "key").secret
    found = find_session_owner(records, session)
    assert found is not None
    assert found.user_id == user.user_id
    assert sign_in_by_identity(records, SignInRule(role=None), identity_of(CLAIMS)) == user

    people.delete_workspace("Harbour", now=True)

    assert find_owner(records, secret) is None
    assert find_session_owner(records, session) is None
    assert people.list_users() == []
    assert [entry.action for entry in people.list_audit_entries(since_ms=0)] == ["workspace.deleted"]
    people.create_workspace("Harbour")


def test_a_name_is_taken_once(records: Records, people: PeopleHere) -> None:
    """However many ask for it at the same moment: of workspaces, and of users in different ones."""
    people.create_workspace("Quay")
    results: list[object] = []

    def attempt(number: int) -> None:
        try:
            people.create_user("Quay" if number % 2 else "default", "ida", role="viewer", name=None)
            people.create_workspace("Harbour")
        except NameTaken as taken:
            results.append(type(taken))
        else:
            results.append(None)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, results)) == sorted(map(str, [None, *[NameTaken] * 3]))
    assert sign_in_by_login(records, SignInRule(role=None), "ida").login == "ida"
