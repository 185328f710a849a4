"""Nobody gives or takes more than they have."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, open_records

from rhapsode.access.caller import Caller
from rhapsode.access.giving import change_seat, give_key, give_seat, take_key, take_seat, terms_within
from rhapsode.access.permissions import ROLE_PERMISSIONS
from rhapsode.access.workspaces import create_workspace
from rhapsode.storage.api_keys import NO_TERMS, KeyTerms
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ApiKeyNotFound, KeyRefused, MissingPermission, UserNotFound
from rhapsode.studio.ids import ApiKeyId, WorkspaceId
from rhapsode.studio.people import Role


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records."""
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


@pytest.fixture
def harbour(records: Records) -> WorkspaceId:
    """A workspace that isn't the first."""
    return create_workspace(records, "Harbour").workspace_id


def key_that_may(*permissions: str, role: Role | None = None) -> KeyTerms:
    return KeyTerms(permissions=(*permissions, *(ROLE_PERMISSIONS[role] or () if role else ())))


INVITES = "workspace_members_invite"


@pytest.mark.parametrize(
    ("terms", "may_give"),
    [
        (NO_TERMS, ["viewer", "editor", "admin"]),
        (key_that_may(INVITES), []),
        (key_that_may(INVITES, role="viewer"), ["viewer"]),
        (key_that_may(INVITES, role="editor"), ["viewer", "editor"]),
    ],
)
def test_a_role_is_given_by_who_may_all_of_it(
    records: Records, harbour: WorkspaceId, terms: KeyTerms, may_give: list[Role]
) -> None:
    """To somebody new, to somebody who is there, and to somebody who comes back."""
    giver, admin = Caller("key", harbour, terms=terms), Caller("key", harbour)
    for role in ROLE_PERMISSIONS:
        user_id = give_seat(records, admin, login=f"was-{role}", role=role).user_id
        other_id = give_seat(records, admin, login=f"becomes-{role}", role="viewer").user_id
        change_seat(records, admin, user_id, disabled=True)
        if role in may_give:
            assert give_seat(records, giver, login=f"new-{role}", role=role).role == role
            assert change_seat(records, giver, other_id, role=role).role == role
            assert change_seat(records, giver, user_id, disabled=False).disabled_at_ms is None
            continue
        with pytest.raises(MissingPermission, match="more than they have"):
            give_seat(records, giver, login=f"new-{role}", role=role)
        with pytest.raises(MissingPermission, match="more than they have"):
            change_seat(records, giver, other_id, role=role)
        with pytest.raises(MissingPermission, match="more than they have"):
            change_seat(records, giver, user_id, disabled=False)


@pytest.mark.parametrize("role", ROLE_PERMISSIONS)
def test_a_role_is_taken_by_who_may_all_of_it(records: Records, harbour: WorkspaceId, role: Role) -> None:
    """By another role, by closing the door, by deleting the user, and with their keys."""
    taker, admin = Caller("key", harbour, terms=key_that_may(INVITES, role="editor")), Caller("key", harbour)
    user_id = give_seat(records, admin, login="leo", role=role).user_id
    key_id = give_key(records, admin, name="laptop", terms=NO_TERMS, user_id=user_id).api_key.key_id
    if role == "admin":
        with pytest.raises(MissingPermission, match="an admin may do more"):
            change_seat(records, taker, user_id, role="viewer")
        with pytest.raises(MissingPermission, match="an admin may do more"):
            change_seat(records, taker, user_id, disabled=True)
        with pytest.raises(MissingPermission, match="an admin may do more"):
            take_key(records, taker, key_id)
        with pytest.raises(MissingPermission, match="an admin may do more"):
            take_seat(records, taker, user_id)
        return
    assert change_seat(records, taker, user_id, role="viewer").role == "viewer"
    assert change_seat(records, taker, user_id, disabled=True).disabled_at_ms
    take_key(records, taker, key_id)
    take_seat(records, taker, user_id)
    with pytest.raises(UserNotFound):
        take_seat(records, taker, user_id)


def test_a_key_is_revoked_by_who_may_as_much_or_has_it(records: Records, harbour: WorkspaceId) -> None:
    """Also one that is nobody's."""
    little = KeyTerms(permissions=("create_user_api_key",))
    everything, own = (
        give_key(records, Caller("key", harbour), name="key", terms=terms).api_key.key_id
        for terms in (NO_TERMS, little)
    )
    holder = Caller("key", harbour, key_id=own, terms=little)
    with pytest.raises(MissingPermission, match="who has this key may do more"):
        take_key(records, holder, everything)
    with pytest.raises(ApiKeyNotFound):
        take_key(records, holder, ApiKeyId("absent"))
    take_key(records, holder, own)
    take_key(records, Caller("session", harbour, role="admin"), everything)


def test_who_manages_workspaces_is_made_by_who_does(records: Records, harbour: WorkspaceId) -> None:
    """A key of the first workspace may do everything there, which isn't enough."""
    nobody, admin = Caller("key", WORKSPACE), Caller("session", WORKSPACE, role="admin")
    leo = give_seat(records, admin, login="leo", role="admin")
    ida = give_seat(records, nobody, login="ida", role="editor")

    with pytest.raises(MissingPermission, match="manage all workspaces"):
        give_seat(records, nobody, login="ada", role="admin")
    with pytest.raises(MissingPermission, match="manage all workspaces"):
        change_seat(records, nobody, ida.user_id, role="admin")
    with pytest.raises(MissingPermission, match="manage all workspaces"):
        give_key(records, nobody, name="key", terms=NO_TERMS, user_id=leo.user_id)
    with pytest.raises(MissingPermission, match="manage all workspaces"):
        change_seat(records, nobody, leo.user_id, disabled=True)
    with pytest.raises(MissingPermission, match="manage all workspaces"):
        take_seat(records, nobody, leo.user_id)
    assert give_key(records, nobody, name="key", terms=NO_TERMS, user_id=ida.user_id).secret
    assert give_key(records, admin, name="key", terms=NO_TERMS, user_id=leo.user_id).secret
    assert change_seat(records, admin, ida.user_id, role="admin").role == "admin"
    elsewhere = give_seat(records, Caller("key", harbour), login="una", role="admin")
    assert give_key(
        records, Caller("key", harbour), name="key", terms=NO_TERMS, user_id=elsewhere.user_id
    ).secret


def test_a_key_made_with_a_key_may_no_more_than_that() -> None:
    """Nor more often, nor longer; and no characters come to be by making keys."""
    own = KeyTerms(permissions=("create_user_api_key", "voices_read"), expires_at_ms=5, requests_per_minute=9)
    giver = Caller("key", WORKSPACE, terms=own)

    assert terms_within(giver, NO_TERMS) == own
    wanted = KeyTerms(permissions=("projects_read", "voices_read"), expires_at_ms=4, concurrent_requests=2)
    made = terms_within(giver, wanted)
    assert made == replace(wanted, permissions=("voices_read",), requests_per_minute=9)
    assert terms_within(Caller("key", WORKSPACE), wanted) == wanted
    of_viewer = terms_within(Caller("session", WORKSPACE, role="viewer"), NO_TERMS)
    assert frozenset(of_viewer.permissions or ()) == ROLE_PERMISSIONS["viewer"]
    with pytest.raises(KeyRefused, match="limit of characters"):
        terms_within(replace(giver, terms=KeyTerms(character_limit=5)), NO_TERMS)
