"""Keys open a workspace until they are revoked, and what is kept of them opens nothing."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import open_records
from tests.postgres import sqlite_only

from rhapsode.access.keys import (
    add_given_key,
    create_api_key,
    find_owner,
    list_api_keys,
    revoke_api_key,
)
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, ensure_workspace
from rhapsode.studio.errors import ApiKeyNotFound, InvalidInput, KeyRefused
from rhapsode.studio.ids import ApiKeyId, WorkspaceId

WORKSPACE = DEFAULT_WORKSPACE_ID
FOREIGN = WorkspaceId("foreign")
GIVEN = "a-key-that-somebody-chose"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records with two workspaces."""
    records = open_records(tmp_path / "records.sqlite3")
    with records.write(FOREIGN) as tx:
        ensure_workspace(tx)
    yield records
    records.close()


def opened_by(records: Records, secret: str) -> WorkspaceId | None:
    """The workspace that a secret opens."""
    owner = find_owner(records, secret)
    return None if owner is None else owner.workspace_id


def test_a_key_opens_its_own_workspace(records: Records) -> None:
    """Each workspace's key leads to it, and nothing else leads anywhere."""
    ours = create_api_key(records, WORKSPACE, name="ours")
    theirs = create_api_key(records, FOREIGN, name="theirs")

    assert opened_by(records, ours.secret) == WORKSPACE
    assert opened_by(records, theirs.secret) == FOREIGN
    for wrong in ("", "sk_", ours.secret[:-1], ours.secret.upper(), ours.api_key.key_id, "\udcff"):
        assert find_owner(records, wrong) is None


def test_a_key_is_long_random_and_can_be_told_from_others(records: Records) -> None:
    """A secret has 256 bits in hexadecimal digits behind its prefix; its hint is how it ends."""
    made = [create_api_key(records, WORKSPACE, name=str(number)) for number in range(3)]

    assert len({new.secret for new in made}) == 3
    for new in made:
        assert re.fullmatch(r"sk_[0-9a-f]{64}", new.secret)
        assert new.api_key.hint == new.secret[-4:]


@sqlite_only
def test_the_records_do_not_hold_the_secret(records: Records, tmp_path: Path) -> None:
    """No file of the database has the key in it, as text or as its bytes."""
    secret = create_api_key(records, WORKSPACE, name="laptop").secret
    records.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"laptop" in kept
    assert secret.encode() not in kept
    assert secret[3:-4].encode() not in kept
    assert bytes.fromhex(secret[3:]) not in kept


def test_a_revoked_key_opens_nothing_and_stays_listed(records: Records) -> None:
    """Revoking is seen at once; a second time changes nothing, not even when it was."""
    kept = create_api_key(records, WORKSPACE, name="kept")
    # Keys of one millisecond have no order.
    time.sleep(0.002)
    gone = create_api_key(records, WORKSPACE, name="gone")

    revoke_api_key(records, WORKSPACE, gone.api_key.key_id)
    listed = list_api_keys(records, WORKSPACE)
    revoke_api_key(records, WORKSPACE, gone.api_key.key_id)

    assert find_owner(records, gone.secret) is None
    assert opened_by(records, kept.secret) == WORKSPACE
    assert [(key.name, key.revoked_at_ms is None) for key in listed] == [("kept", True), ("gone", False)]
    assert list_api_keys(records, WORKSPACE) == listed


def test_a_foreign_key_can_neither_be_seen_nor_revoked(records: Records) -> None:
    """The key of another workspace is as absent as one that never was."""
    theirs = create_api_key(records, FOREIGN, name="theirs")

    for key_id in (theirs.api_key.key_id, ApiKeyId("never")):
        with pytest.raises(ApiKeyNotFound, match=f"no key {key_id}"):
            revoke_api_key(records, WORKSPACE, key_id)

    assert list_api_keys(records, WORKSPACE) == []
    assert opened_by(records, theirs.secret) == FOREIGN


def test_a_given_key_works_and_may_be_given_again(records: Records) -> None:
    """The same secret at every start is one key."""
    first = add_given_key(records, WORKSPACE, name="RHAPSODE_API_KEY", secret=GIVEN)

    assert add_given_key(records, WORKSPACE, name="RHAPSODE_API_KEY", secret=GIVEN) == first
    assert list_api_keys(records, WORKSPACE) == [first]
    assert opened_by(records, GIVEN) == WORKSPACE


def test_a_given_key_takes_the_place_of_the_former(records: Records) -> None:
    """Only of the same name in the same workspace; the former can't come back, and a refused one changes nothing."""
    former = add_given_key(records, WORKSPACE, name="given", secret=GIVEN)
    other = add_given_key(records, WORKSPACE, name="other", secret=GIVEN + "-other")
    foreign = add_given_key(records, FOREIGN, name="given", secret=GIVEN + "-foreign")
    latter = add_given_key(records, WORKSPACE, name="given", secret=GIVEN + "-2")

    listed = list_api_keys(records, WORKSPACE)
    for refused in (GIVEN, GIVEN + "-foreign", "short"):
        with pytest.raises(KeyRefused):
            add_given_key(records, WORKSPACE, name="given", secret=refused)

    assert find_owner(records, GIVEN) is None
    assert opened_by(records, GIVEN + "-2") == WORKSPACE
    works = {key.key_id: key.revoked_at_ms is None for key in listed}
    assert works == {former.key_id: False, other.key_id: True, latter.key_id: True}
    assert list_api_keys(records, WORKSPACE) == listed
    assert list_api_keys(records, FOREIGN) == [foreign]


def test_what_a_given_key_changes_is_noted(records: Records) -> None:
    """It is made, and the former revoked; the same again is nothing, nor is a revoked one revoked again."""
    first = add_given_key(records, WORKSPACE, name="given", secret=GIVEN)
    second = add_given_key(records, WORKSPACE, name="given", secret=GIVEN + "-2")
    third = add_given_key(records, WORKSPACE, name="given", secret=GIVEN + "-3")
    add_given_key(records, WORKSPACE, name="given", secret=GIVEN + "-3")

    entries = [(entry.action, entry.object_id) for entry in list_audit_entries(records, since_ms=0)]
    assert entries == [
        ("key.created", first.key_id),
        ("key.created", second.key_id),
        ("key.revoked", first.key_id),
        ("key.created", third.key_id),
        ("key.revoked", second.key_id),
    ]


@pytest.mark.parametrize(
    "secret", ["", "short", "x" * 15, "has spaces in the middle of it", "schlüsselbundschloss"]
)
def test_a_given_key_has_to_be_hard_to_guess_and_possible_to_send(records: Records, secret: str) -> None:
    """A short one, or one that no header can hold, is refused and not kept."""
    with pytest.raises(KeyRefused, match="16 visible ASCII characters"):
        add_given_key(records, WORKSPACE, name="given", secret=secret)

    assert list_api_keys(records, WORKSPACE) == []


def test_a_given_key_that_was_revoked_is_refused(records: Records) -> None:
    """Starting again with it must not look as if it worked."""
    given = add_given_key(records, WORKSPACE, name="given", secret=GIVEN)
    revoke_api_key(records, WORKSPACE, given.key_id)

    with pytest.raises(KeyRefused, match="ends in hose was revoked"):
        add_given_key(records, WORKSPACE, name="given", secret=GIVEN)

    assert find_owner(records, GIVEN) is None


def test_a_given_key_of_another_workspace_is_refused(records: Records) -> None:
    """One secret can't open two workspaces, and stays with the first."""
    add_given_key(records, FOREIGN, name="given", secret=GIVEN)

    with pytest.raises(KeyRefused, match="taken"):
        add_given_key(records, WORKSPACE, name="given", secret=GIVEN)

    assert opened_by(records, GIVEN) == FOREIGN


@sqlite_only
def test_the_digest_is_all_that_is_compared(records: Records, tmp_path: Path) -> None:
    """Whoever reads the database can't use what stands there as a key."""
    create_api_key(records, WORKSPACE, name="laptop")
    database = sqlite3.connect(tmp_path / "records.sqlite3")
    ((digest,),) = database.execute("SELECT digest FROM api_keys").fetchall()
    database.close()

    assert len(digest) == 32
    assert find_owner(records, digest.hex()) is None


@pytest.mark.parametrize("name", ["two\nlines", "\x1b[31mred", "\u202eback", " "])
def test_a_name_is_text_on_one_line(records: Records, name: str) -> None:
    """It is printed on terminals, which obey other characters."""
    with pytest.raises(InvalidInput, match="one line"):
        create_api_key(records, WORKSPACE, name=name)
