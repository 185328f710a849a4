"""Sign-in links: how long they are good, for how many, and whose session they begin."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.factories import open_records

from rhapsode.access.digests import digest_of
from rhapsode.access.keys import create_api_key, list_api_keys, revoke_api_key
from rhapsode.access.sessions import find_session_owner
from rhapsode.access.sign_in_links import SignInLinks, begin_linked_session
from rhapsode.access.users import create_user
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.errors import SignInRefused
from rhapsode.studio.ids import ApiKeyId
from rhapsode.studio.limits import MAX_SIGN_IN_LINKS, SIGN_IN_LINK_S


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """New records."""
    records = open_records(tmp_path / "records.sqlite3")
    yield records
    records.close()


class Clock:
    """A clock that goes when it is told to."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_link_is_good_once_and_for_ten_minutes(clock: Clock) -> None:
    """Until the last moment of them, and not at the end."""
    links = SignInLinks(clock)
    early, late, never = (links.new_token() for _ in range(3))

    assert not links.spend("")
    assert not links.spend(early[:-1])
    clock.now_s += SIGN_IN_LINK_S - 0.001
    assert [links.spend(early), links.spend(early)] == [True, False]
    clock.now_s += 0.001
    assert not links.spend(late)
    assert not links.spend(never)


def test_one_of_many_that_come_at_once_is_let_in(clock: Clock) -> None:
    """However they fall together."""
    links = SignInLinks(clock)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            token = links.new_token()
            assert sum(pool.map(links.spend, [token] * 8)) == 1


def test_of_very_many_links_the_oldest_end(clock: Clock) -> None:
    """So that whoever has many made fills no memory; tokens themselves are kept nowhere."""
    links = SignInLinks(clock)
    tokens = [links.new_token() for _ in range(MAX_SIGN_IN_LINKS + 1)]

    assert len(set(tokens)) == len(tokens)
    assert tokens[-1] not in str(vars(links))
    assert str(digest_of(tokens[-1])) in str(vars(links))
    assert [links.spend(token) for token in tokens] == [False] + [True] * MAX_SIGN_IN_LINKS


def owner_of_link(records: Records) -> ApiKeyId | None:
    """Whose the session is that a new link begins; asked as a browser's cookie is."""
    links = SignInLinks()
    welcomed = begin_linked_session(records, links, links.new_token(), address="192.0.2.7")
    owner = find_session_owner(records, welcomed.new.secret)
    assert owner is not None
    assert (owner.workspace_id, owner.user_id, owner.role) == (DEFAULT_WORKSPACE_ID, None, None)
    return owner.key_id


def test_a_session_is_of_a_key_that_may_do_everything(records: Records) -> None:
    """The oldest of the workspace itself; of no user, none that is limited, and none that opens nothing any more."""
    user = create_user(records, DEFAULT_WORKSPACE_ID, login="ida", role="admin")
    create_api_key(records, DEFAULT_WORKSPACE_ID, name="of a user", user_id=user.user_id)
    create_api_key(records, DEFAULT_WORKSPACE_ID, name="few", terms=KeyTerms(permissions=("voices_read",)))
    create_api_key(records, DEFAULT_WORKSPACE_ID, name="short", terms=KeyTerms(character_limit=5))
    gone, first, _ = (
        create_api_key(records, DEFAULT_WORKSPACE_ID, name=name).api_key for name in ("gone", "1", "2")
    )
    revoke_api_key(records, DEFAULT_WORKSPACE_ID, gone.key_id)

    assert owner_of_link(records) == first.key_id


def test_where_there_is_no_such_key_one_is_made(records: Records) -> None:
    """Once: it can be listed and revoked, and with it the sessions end."""
    key_id = owner_of_link(records)

    assert owner_of_link(records) == key_id
    assert [(key.key_id, key.name) for key in list_api_keys(records, DEFAULT_WORKSPACE_ID)] == [
        (key_id, "sign-in link")
    ]


def test_without_keys_there_is_nothing_to_sign_in_to(records: Records) -> None:
    """And whoever tries is told so."""
    with pytest.raises(SignInRefused, match="asks nobody for a key"):
        begin_linked_session(records, None, "guess", address="192.0.2.7")


def test_a_wrong_token_begins_nothing(records: Records) -> None:
    """And no key is made for it."""
    with pytest.raises(SignInRefused, match="rhapsode sign-in"):
        begin_linked_session(records, SignInLinks(), "guess", address="192.0.2.7")
    assert list_api_keys(records, DEFAULT_WORKSPACE_ID) == []
