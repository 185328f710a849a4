"""What somebody gives to others and takes from them, roles and keys: never more than they have (docs/people.md)."""

from dataclasses import replace

from rhapsode.access import keys, users
from rhapsode.access.caller import Caller
from rhapsode.access.keys import NewApiKey
from rhapsode.access.permissions import EVERYTHING, both_allow
from rhapsode.storage.api_keys import NO_TERMS, KeyTerms, get_api_key
from rhapsode.storage.records import Records
from rhapsode.storage.users import get_user
from rhapsode.studio.errors import KeyRefused, MissingPermission
from rhapsode.studio.ids import ApiKeyId, UserId
from rhapsode.studio.people import Role, User


def give_seat(records: Records, giver: Caller, *, login: str, role: Role, name: str | None = None) -> User:
    """Make a user of the giver's workspace; see `users.create_user`. Raises: MissingPermission; what that raises."""
    _check(giver, role)
    return users.create_user(records, giver.workspace_id, login=login, role=role, name=name)


def change_seat(
    records: Records,
    giver: Caller,
    user_id: UserId,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
) -> User:
    """See `users.change_user`. Neither the role that the user has nor the one they get may do more than the giver.

    Raises: MissingPermission; UserNotFound.
    """
    _check(giver, _role_of(records, giver, user_id))
    if role is not None:
        _check(giver, role)
    return users.change_user(records, giver.workspace_id, user_id, role=role, disabled=disabled)


def take_seat(records: Records, taker: Caller, user_id: UserId) -> None:
    """See `users.delete_user`. Raises: MissingPermission, when the user may do more; UserNotFound."""
    _check(taker, _role_of(records, taker, user_id))
    users.delete_user(records, taker.workspace_id, user_id)


def give_key(
    records: Records, giver: Caller, *, name: str, terms: KeyTerms, user_id: UserId | None = None
) -> NewApiKey:
    """Make a key of the giver's workspace, or of a user of it; see `keys.create_api_key`.

    Raises: MissingPermission; what that raises, and `terms_within`.
    """
    within = terms_within(giver, terms)
    _check(giver, None if user_id is None else _role_of(records, giver, user_id), within)
    return keys.create_api_key(records, giver.workspace_id, name=name, terms=within, user_id=user_id)


def take_key(records: Records, taker: Caller, key_id: ApiKeyId) -> None:
    """See `keys.revoke_api_key`. Everybody may revoke the key that they show.

    Raises: MissingPermission, when the key may do more; ApiKeyNotFound.
    """
    if key_id != taker.key_id:
        with records.read(taker.workspace_id) as tx:
            key = get_api_key(tx, key_id)
        role = None if key.user_id is None else _role_of(records, taker, key.user_id)
        _check(taker, role, key.terms)
    keys.revoke_api_key(records, taker.workspace_id, key_id)


def terms_within(giver: Caller, wanted: KeyTerms) -> KeyTerms:
    """The terms of a key that somebody asks for: it may do no more than they may, as often, and as long.

    Raises: KeyRefused, when the key that they show has a limit of characters, which would be had once more.
    """
    own = giver.terms
    if own.character_limit is not None:
        msg = "A key with a limit of characters makes no other keys. Make this one with a key that has none."
        raise KeyRefused(msg)
    allowed = both_allow(giver.allowed, wanted.permissions)
    return KeyTerms(
        character_limit=wanted.character_limit,
        expires_at_ms=_lowest(own.expires_at_ms, wanted.expires_at_ms),
        permissions=None if allowed is EVERYTHING else tuple(sorted(allowed)),
        requests_per_minute=_lowest(own.requests_per_minute, wanted.requests_per_minute),
        concurrent_requests=_lowest(own.concurrent_requests, wanted.concurrent_requests),
    )


def _lowest(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _check(giver: Caller, role: Role | None, terms: KeyTerms = NO_TERMS) -> None:
    """That whoever gives or takes may do all that those may who have the role, with a key of these terms."""
    given = replace(giver, role=role, terms=terms)
    if both_allow(giver.allowed, given.allowed) != given.allowed:
        who = f"an {role}" if role in {"admin", "editor"} else f"a {role}" if role else "who has this key"
        msg = f"Nobody gives or takes more than they have, and {who} may do more than you."
        raise MissingPermission(msg)
    if given.may_manage_workspaces and not giver.may_manage_workspaces:
        msg = (
            "Admins of the workspace default manage all workspaces: only one of them makes, changes and deletes "
            "others and their keys. Ask whoever runs this server for `rhapsode users` and `rhapsode keys`."
        )
        raise MissingPermission(msg)


def _role_of(records: Records, giver: Caller, user_id: UserId) -> Role:
    with records.read(giver.workspace_id) as tx:
        return get_user(tx, user_id).role
