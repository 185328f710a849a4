"""Rows of API keys."""

from rhapsode.storage import api_keys
from rhapsode.storage.api_keys import ApiKey, KeyOwner
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import ApiKeyId

from .stored import FOREIGN, WORKSPACE, key_of


def make_api_key(key_id: str, name: str = "laptop") -> ApiKey:
    """A key that nobody has revoked."""
    return ApiKey(ApiKeyId(key_id), name, "beef", created_at_ms=7)


def test_a_key_comes_back_as_it_went_in(records: Records) -> None:
    """By its digest and in the list, which has the oldest first."""
    with records.write(WORKSPACE) as tx:
        api_keys.insert_api_key(tx, make_api_key("b"), digest=key_of("b"))
        api_keys.insert_api_key(tx, make_api_key("a"), digest=key_of("a"))

    with records.read(WORKSPACE) as tx:
        assert api_keys.get_api_key_by_digest(tx, key_of("b")) == make_api_key("b")
        assert api_keys.list_api_keys(tx) == [make_api_key("a"), make_api_key("b")]


def test_a_digest_is_kept_once(records: Records) -> None:
    """A second key with the digest of the first, in any workspace, leaves the first as it is."""
    with records.write(WORKSPACE) as tx:
        api_keys.insert_api_key(tx, make_api_key("a"), digest=key_of("a"))
    for workspace_id in (WORKSPACE, FOREIGN):
        with records.write(workspace_id) as tx:
            ensure_workspace(tx)
            api_keys.insert_api_key(tx, make_api_key("b", "phone"), digest=key_of("a"))

    with records.read(WORKSPACE) as tx:
        assert api_keys.list_api_keys(tx) == [make_api_key("a")]
    with records.read(FOREIGN) as tx:
        assert api_keys.list_api_keys(tx) == []
    assert api_keys.find_key_owner(records, key_of("a")) == KeyOwner(WORKSPACE, ApiKeyId("a"))


def test_the_time_of_revoking_is_that_of_the_transaction(records: Records) -> None:
    """It is kept in the row, and the digest opens nothing from then on."""
    with records.write(WORKSPACE) as tx:
        api_keys.insert_api_key(tx, make_api_key("a"), digest=key_of("a"))
        api_keys.revoke_api_key(tx, ApiKeyId("a"))
        (revoked,) = api_keys.list_api_keys(tx)

    assert revoked.revoked_at_ms == tx.now_ms
    assert api_keys.find_key_owner(records, key_of("a")) is None
