"""Users and workspaces: whom keys and sessions let in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, open_records
from tests.postgres import sqlite_only

from rhapsode.access.caller import Caller, caller_of_key, caller_of_session
from rhapsode.access.keys import create_api_key, find_owner, revoke_api_key
from rhapsode.access.links import check_link, get_signer
from rhapsode.access.people import PeopleHere
from rhapsode.access.sessions import begin_session, end_session, find_session_owner, list_sessions
from rhapsode.access.sign_in import SignInRule, identity_of, sign_in_by_identity, sign_in_by_login
from rhapsode.storage import schema
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import (
    InvalidInput,
    LinkNotFound,
    NameTaken,
    SessionNotFound,
    SignInRefused,
    StorageFull,
    UserNotFound,
    WorkspaceNotFound,
)
from rhapsode.studio.ids import UserId
from rhapsode.studio.limits import MAX_SESSIONS_PER_OWNER, SESSION_TOUCH_MS

CLAIMS = {
    "iss": "https://login.example.org",
    "sub": "4711",
    "email": "Ida@Example.org",
    "email_verified": True,
}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records."""
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


@pytest.fixture
def people(records: Records, tmp_path: Path) -> PeopleHere:
    """All that is done about people."""
    return PeopleHere(records, LocalBlobs(tmp_path / "blobs"))


def caller(records: Records, secret: str) -> Caller:
    owner = find_owner(records, secret)
    assert owner is not None
    return caller_of_key(owner)


def test_a_key_of_a_user_has_their_role(records: Records, people: PeopleHere) -> None:
    """As it is at that moment; a key of the workspace itself has none, and may do everything."""
    people.create_user("default", "Ida@Example.org", role="viewer", name="Ida")
    secret = people.create_api_key("default", "laptop", user="ida@example.org").secret
    own = people.create_api_key("default", "server").secret

    assert caller(records, secret).role == "viewer"
    people.change_user("ida@example.org", role="editor")
    assert caller(records, secret).role == "editor"
    assert caller(records, own).allowed is None


def test_a_key_can_not_have_the_role_of_a_stranger(records: Records, people: PeopleHere) -> None:
    """A user of another workspace is as unknown as one who isn't there."""
    people.create_workspace("Harbour")
    ida = people.create_user("Harbour", "ida", role="admin", name=None)

    for user_id in (ida.user_id, UserId("nobody")):
        with pytest.raises(UserNotFound):
            create_api_key(records, WORKSPACE, name="key", user_id=user_id)


def test_a_login_is_somebody_s_alone(people: PeopleHere) -> None:
    """In whatever case it is written, and in whatever workspace."""
    people.create_workspace("Harbour")
    people.create_user("default", "ida@example.org", role="viewer", name=None)

    with pytest.raises(NameTaken):
        people.create_user("Harbour", "IDA@example.org", role="viewer", name=None)
    with pytest.raises(NameTaken):
        people.create_workspace("Harbour")


@pytest.mark.parametrize("login", ["", " ", "ida strand", "ida\nstrand", "x" * 321])
def test_what_can_not_be_a_login(people: PeopleHere, login: str) -> None:
    """Is refused in a sentence."""
    with pytest.raises(InvalidInput, match=r"^A login is"):
        people.create_user("default", login, role="viewer", name=None)


def test_nothing_of_a_disabled_user_opens_anything(records: Records, people: PeopleHere) -> None:
    """Neither keys nor sessions; enabled again, keys do, and who was signed in signs in again."""
    people.create_user("default", "ida", role="viewer", name=None)
    secret = people.create_api_key("default", "laptop", user="ida").secret
    session = begin_session(records, caller(records, secret), "key").secret
    assert find_session_owner(records, session) is not None

    people.change_user("ida", disabled=True)
    assert find_owner(records, secret) is None
    assert find_session_owner(records, session) is None

    people.change_user("ida", disabled=False)
    assert find_owner(records, secret) is not None
    assert find_session_owner(records, session) is None


def test_a_deleted_user_leaves_no_keys(records: Records, people: PeopleHere) -> None:
    """Nor sessions; and the login is free again."""
    people.create_user("default", "ida", role="viewer", name=None)
    secret = people.create_api_key("default", "laptop", user="ida").secret
    session = begin_session(records, caller(records, secret), "key").secret

    people.delete_user("ida")

    assert find_owner(records, secret) is None
    assert find_session_owner(records, session) is None
    assert people.list_api_keys("default") == []
    people.create_user("default", "ida", role="admin", name=None)


def test_nothing_opens_a_disabled_workspace(records: Records, people: PeopleHere) -> None:
    """Neither keys nor sessions nor the addresses that need no key; enabled again, all of them do."""
    people.create_workspace("Harbour")
    secret = people.create_api_key("Harbour", "key").secret
    who = caller(records, secret)
    session = begin_session(records, who, "key").secret
    token = get_signer(records, who.workspace_id, "cover").token("book")

    def check() -> None:
        with records.read(who.workspace_id) as tx:
            check_link(tx, "cover", "book", token)

    check()
    people.set_workspace_disabled("Harbour", disabled=True)
    assert find_owner(records, secret) is None
    assert find_session_owner(records, session) is None
    with pytest.raises(LinkNotFound):
        check()

    people.set_workspace_disabled("Harbour", disabled=False)
    assert find_owner(records, secret) is not None
    assert find_session_owner(records, session) is not None
    check()


def test_a_deleted_workspace_is_as_if_it_had_never_been(records: Records, people: PeopleHere) -> None:
    """From that moment on, and before anything of it is purged; `default` stays."""
    people.create_workspace("Harbour")
    secret = people.create_api_key("Harbour", "key").secret

    people.delete_workspace("Harbour", now=False)

    assert find_owner(records, secret) is None
    assert [workspace.workspace_id for workspace in people.list_workspaces()] == ["default"]
    with pytest.raises(WorkspaceNotFound):
        people.set_workspace_disabled("Harbour", disabled=False)
    with pytest.raises(InvalidInput, match="can't be deleted"):
        people.delete_workspace("default", now=True)


def test_sessions_end_with_their_key(records: Records, people: PeopleHere) -> None:
    """What was begun with a key that is revoked opens nothing either."""
    new = people.create_api_key("default", "key")
    session = begin_session(records, caller(records, new.secret), "key").secret

    revoke_api_key(records, WORKSPACE, new.api_key.key_id)

    assert find_session_owner(records, session) is None


@sqlite_only
def test_a_full_disk_keeps_nobody_out(records: Records, people: PeopleHere) -> None:
    """That a session was used can't be written down then, and what is there can still be read and deleted."""
    secret = people.create_api_key("default", "key").secret
    session = begin_session(records, caller(records, secret), "key").secret
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.sessions.update().values(used_at_ms=tx.now_ms - SESSION_TOUCH_MS - 1))
        # So that what changes a session needs room.
        tx.connection.exec_driver_sql(
            "CREATE TRIGGER grow AFTER UPDATE ON sessions"
            " BEGIN UPDATE workspaces SET name = hex(zeroblob(100000)); END"
        )
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StorageFull), records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.sessions.update().values(used_at_ms=0))
    assert find_session_owner(records, session) is not None


def test_a_session_may_do_what_its_key_may(records: Records, people: PeopleHere) -> None:
    """No more than that, as seldom, and not a moment longer than the key would."""
    terms = KeyTerms(permissions=("user_write", "voices_read"), requests_per_minute=3)
    people.create_user("default", "ida", role="viewer", name=None)
    secret = people.create_api_key("default", "key", terms=terms, user="ida").secret
    session = begin_session(records, caller(records, secret), "key").secret

    owner = find_session_owner(records, session)
    assert owner is not None
    assert caller_of_session(owner).allowed == frozenset({"user_write", "voices_read"})
    assert owner.terms == terms
    with records.write(WORKSPACE) as tx:
        tx.connection.execute(schema.api_keys.update().values(expires_at_ms=tx.now_ms))
    assert find_session_owner(records, session) is None


def test_a_key_that_may_little_sees_its_own_sessions(records: Records, people: PeopleHere) -> None:
    """And ends none of others, though no role restricts it."""
    little = KeyTerms(permissions=("user_read", "user_write"))
    who = caller(records, people.create_api_key("default", "little", terms=little).secret)
    other = caller(records, people.create_api_key("default", "key").secret)
    own, foreign = (begin_session(records, one, "key").session.session_id for one in (who, other))

    assert [session.session_id for session in list_sessions(records, who)] == [own]
    with pytest.raises(SessionNotFound):
        end_session(records, who, foreign)
    end_session(records, who, own)


def test_entries_of_the_log_go_when_they_are_old(
    records: Records, people: PeopleHere, tmp_path: Path
) -> None:
    """Older than the policy says, and not before."""
    people.create_api_key("default", "key")
    (entry,) = people.list_audit_entries(since_ms=0)
    blobs, policy = LocalBlobs(tmp_path / "blobs"), CleanupPolicy(audit_ms=1_000)

    clean_up(records, blobs, policy, now_ms=entry.created_at_ms + 1_000)
    assert people.list_audit_entries(since_ms=0) == [entry]
    clean_up(records, blobs, policy, now_ms=entry.created_at_ms + 1_001)
    assert people.list_audit_entries(since_ms=0) == []


def test_who_sees_and_ends_whose_sessions(records: Records, people: PeopleHere) -> None:
    """Everybody their own, admins all of the workspace; somebody else's is as absent as none."""
    people.create_workspace("Harbour")
    callers = []
    for workspace, login, role in (
        ("default", "ida", "viewer"),
        ("default", "leo", "admin"),
        ("Harbour", "ada", "admin"),
    ):
        people.create_user(workspace, login, role=role, name=None)  # type: ignore[arg-type]
        secret = people.create_api_key(workspace, "key", user=login).secret
        callers.append(caller(records, secret))
    ida, leo, ada = callers
    of_ida, of_leo = (begin_session(records, who, "key").session for who in (ida, leo))

    assert [session.session_id for session in list_sessions(records, ida)] == [of_ida.session_id]
    assert len(list_sessions(records, leo)) == 2
    assert list_sessions(records, ada) == []
    for who, session in ((ida, of_leo), (ada, of_ida)):
        with pytest.raises(SessionNotFound, match=session.session_id):
            end_session(records, who, session.session_id)
    end_session(records, leo, of_ida.session_id)
    assert list_sessions(records, ida) == []


def test_of_very_many_sessions_the_oldest_end(records: Records, people: PeopleHere) -> None:
    """Nobody has so many browsers, and a program that signs in again and again fills nothing up."""
    secret = people.create_api_key("default", "key").secret
    first = begin_session(records, caller(records, secret), "key").secret
    for _ in range(MAX_SESSIONS_PER_OWNER):
        begin_session(records, caller(records, secret), "key")

    assert find_session_owner(records, first) is None
    assert len(list_sessions(records, caller(records, secret))) == MAX_SESSIONS_PER_OWNER


def test_whom_a_proxy_names_comes_to_be(records: Records, people: PeopleHere) -> None:
    """The first time, with the role of the rule; or isn't let in, where that has none."""
    made = sign_in_by_login(records, SignInRule(role="editor"), "Ida")

    assert (made.login, made.role, made.workspace_id) == ("ida", "editor", WORKSPACE)
    assert sign_in_by_login(records, SignInRule(role=None), "ida") == made
    with pytest.raises(SignInRefused):
        sign_in_by_login(records, SignInRule(role=None), "leo")
    # Nobody comes in by an id.
    with pytest.raises(SignInRefused):
        sign_in_by_login(records, SignInRule(role=None), made.user_id)
    people.change_user("ida", disabled=True)
    with pytest.raises(SignInRefused, match="disabled"):
        sign_in_by_login(records, SignInRule(), "ida")


def test_a_closed_workspace_takes_nobody_in(records: Records, people: PeopleHere) -> None:
    """Neither whom a proxy names nor whom an identity provider does, and no user is left of it."""
    people.set_workspace_disabled("default", disabled=True)

    with pytest.raises(SignInRefused, match="disabled"):
        sign_in_by_login(records, SignInRule(role="editor"), "ida")
    with pytest.raises(SignInRefused):
        sign_in_by_identity(records, SignInRule(role="editor"), identity_of(CLAIMS))
    assert people.list_users() == []


def test_an_identity_stays_itself(records: Records, people: PeopleHere) -> None:
    """Its user is found by the subject, whatever the address has become; and another subject with it is refused."""
    people.create_workspace("Harbour")
    beforehand = people.create_user("Harbour", "ida@example.org", role="editor", name=None)

    user = sign_in_by_identity(records, SignInRule(role=None), identity_of(CLAIMS))
    moved = sign_in_by_identity(
        records, SignInRule(role=None), identity_of(CLAIMS | {"email": "strand@example.org"})
    )

    assert user == moved == beforehand
    with pytest.raises(SignInRefused, match="somebody else"):
        sign_in_by_identity(records, SignInRule(), identity_of(CLAIMS | {"sub": "4712"}))


def test_an_address_that_was_not_verified_is_nobody_s(records: Records, people: PeopleHere) -> None:
    """Whoever may write what they like into their profile doesn't become somebody else by it."""
    people.create_user("default", "ida@example.org", role="admin", name=None)

    user = sign_in_by_identity(records, SignInRule(), identity_of(CLAIMS | {"email_verified": False}))

    assert (user.login, user.role) == ("4711@login.example.org", "viewer")


def test_claims_say_role_and_workspace(records: Records, people: PeopleHere) -> None:
    """The highest role of a list, at each sign-in anew; a workspace that isn't there lets nobody in."""
    harbour = people.create_workspace("Harbour")
    rule = SignInRule(role="viewer", role_claim="groups", workspace_claim="team")
    said = CLAIMS | {"groups": ["staff", "viewer", "editor"], "team": "Harbour"}

    first = sign_in_by_identity(records, rule, identity_of(said))
    second = sign_in_by_identity(records, rule, identity_of(said | {"groups": "admin"}))

    assert (first.workspace_id, first.role, second.role) == (harbour.workspace_id, "editor", "admin")
    entry = people.list_audit_entries(since_ms=0)[-1]
    assert (entry.action, entry.object_id, entry.detail) == ("user.role_set", first.user_id, "role admin")
    with pytest.raises(SignInRefused, match="workspace"):
        sign_in_by_identity(records, rule, identity_of(said | {"team": "Cellar"}))


def test_what_is_done_is_noted(people: PeopleHere) -> None:
    """Who, what and which; and neither secrets nor what people are called."""
    ida = people.create_user("default", "ida@example.org", role="viewer", name="Ida Strand")
    new = people.create_api_key("default", "laptop", user="ida@example.org")
    people.change_user("ida@example.org", role="editor")
    people.revoke_api_key("default", new.api_key.key_id)
    people.delete_user("ida@example.org")

    entries = people.list_audit_entries(since_ms=0)

    assert [(entry.action, entry.object_id) for entry in entries] == [
        ("user.created", ida.user_id),
        ("key.created", new.api_key.key_id),
        ("user.role_set", ida.user_id),
        ("key.revoked", new.api_key.key_id),
        ("user.deleted", ida.user_id),
    ]
    assert {entry.actor for entry in entries} == {"command line"}
    assert not any(word in str(entries) for word in ("ida@", "Ida", "laptop", new.secret))
