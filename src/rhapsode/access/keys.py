"""API keys: made here, shown once, kept as digests."""

import secrets
from dataclasses import dataclass

from rhapsode.access.audit import note
from rhapsode.access.digests import digest_of
from rhapsode.access.permissions import PERMISSIONS
from rhapsode.storage import api_keys, key_usage, users
from rhapsode.storage.api_keys import NO_TERMS, ApiKey, KeyOwner, KeyTerms
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import ApiKeyNotFound, KeyRefused
from rhapsode.studio.ids import ApiKeyId, UserId, WorkspaceId, new_id
from rhapsode.studio.people import checked_name

_PREFIX = "sk_"
_RANDOM_BYTES = 32
_HINT_CHARACTERS = 4
MIN_SECRET_CHARACTERS = 16
"""Of a key that a person brings along. It is kept as a plain SHA-256, which hides only what nobody can guess."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made, and its secret, which nobody can be shown again."""

    api_key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key, and the characters it has had spoken in this month, which begins in UTC."""

    api_key: ApiKey
    character_count: int


def create_api_key(
    records: Records,
    workspace_id: WorkspaceId,
    *,
    name: str,
    terms: KeyTerms = NO_TERMS,
    user_id: UserId | None = None,
) -> NewApiKey:
    """Make a key of 256 random bits. The workspace has to exist.

    user_id: of the workspace's user whose role it has; None for a key of the workspace itself.
    Raises: KeyRefused, when nobody knows a permission; InvalidInput, of a name that isn't on one line; UserNotFound.
    """
    name = checked_name(name)
    unknown = set(terms.permissions or ()) - set(PERMISSIONS)
    if unknown:
        msg = f"There is no permission {min(unknown)}. Those that there are: {', '.join(PERMISSIONS)}."
        raise KeyRefused(msg)
    secret = _PREFIX + secrets.token_hex(_RANDOM_BYTES)
    with records.write(workspace_id) as tx:
        if user_id is not None:
            users.get_user(tx, user_id)
        key = _keep(tx, name=name, secret=secret, terms=terms, user_id=user_id)
        note(tx, "key.created", key.key_id, detail=None if user_id is None else f"user {user_id}")
    return NewApiKey(key, secret)


def add_given_key(records: Records, workspace_id: WorkspaceId, *, name: str, secret: str) -> ApiKey:
    """Let a secret that somebody has chosen be the only key of its name; the same again changes nothing.

    What was given under the name before is revoked, and can't be given again.
    Raises: KeyRefused when it is too short or can't be sent as a header, was revoked, or opens another workspace;
    then all keys stay as they were.
    """
    if len(secret) < MIN_SECRET_CHARACTERS or not all("!" <= character <= "~" for character in secret):
        msg = f"A key has at least {MIN_SECRET_CHARACTERS} visible ASCII characters and no spaces."
        raise KeyRefused(msg)
    with records.write(workspace_id) as tx:
        before = api_keys.list_api_keys(tx)
        try:
            api_key = _keep(tx, name=name, secret=secret)
        except ApiKeyNotFound:
            msg = "This key is taken by another workspace. Choose another."
            raise KeyRefused(msg) from None
        if api_key.revoked_at_ms is not None:
            msg = f"The key that ends in {api_key.hint} was revoked. Choose another."
            raise KeyRefused(msg)
        if api_key not in before:
            note(tx, "key.created", api_key.key_id)
        for other in before:
            if other.name == name and other.key_id != api_key.key_id and other.revoked_at_ms is None:
                api_keys.revoke_api_key(tx, other.key_id)
                note(tx, "key.revoked", other.key_id)
    return api_key


def list_api_keys(records: Records, workspace_id: WorkspaceId) -> list[ApiKey]:
    """The workspace's keys, revoked ones too, the oldest first."""
    with records.read(workspace_id) as tx:
        return api_keys.list_api_keys(tx)


def list_used_keys(records: Records, workspace_id: WorkspaceId) -> list[UsedKey]:
    """The same with what each was used for."""
    with records.read(workspace_id) as tx:
        used = key_usage.list_characters(tx)
        return [UsedKey(api_key, used.get(api_key.key_id, 0)) for api_key in api_keys.list_api_keys(tx)]


def revoke_api_key(records: Records, workspace_id: WorkspaceId, key_id: ApiKeyId) -> None:
    """Let a key open nothing any more; it stays in the list. Raises: ApiKeyNotFound."""
    with records.write(workspace_id) as tx:
        api_keys.revoke_api_key(tx, key_id)
        note(tx, "key.revoked", key_id)


def find_owner(records: Records, secret: str) -> KeyOwner | None:
    """Whose a secret is; None for an unknown key, or one that was revoked or has expired.

    Looked up by its digest: how long that takes tells nothing of the secrets of others.
    """
    return api_keys.find_key_owner(records, digest_of(secret))


def _keep(
    tx: Transaction,
    *,
    name: str,
    secret: str,
    terms: KeyTerms = NO_TERMS,
    user_id: UserId | None = None,
) -> ApiKey:
    # Raises ApiKeyNotFound, with nothing kept, where the digest is another workspace's.
    api_key = ApiKey(
        key_id=ApiKeyId(new_id(tx.now_ms)),
        name=name,
        hint=secret[-_HINT_CHARACTERS:],
        created_at_ms=tx.now_ms,
        terms=terms,
        user_id=user_id,
    )
    api_keys.insert_api_key(tx, api_key, digest=digest_of(secret))
    return api_keys.get_api_key_by_digest(tx, digest_of(secret))
