"""Who somebody is that others vouch for: an identity provider, or a proxy in front of the server.

The first sign-in makes a user, where the rule has a role for that; where it hasn't, users are made beforehand.
"""

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rhapsode.access.audit import note
from rhapsode.access.users import add_user
from rhapsode.storage import users
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.workspaces import find_workspace_by_name, is_open
from rhapsode.studio.errors import InvalidInput, SignInRefused
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.people import ROLES, Role, User, checked_name, folded_login

_UNKNOWN = "Nobody here is called that. Ask whoever runs this server for an account."
_CLOSED = "This account is disabled. Ask whoever runs this server."


@dataclass(frozen=True, slots=True)
class SignInRule:
    """What becomes of people who come for the first time.

    role: what a new user is given; None where nobody is let in who isn't a user yet.
    role_claim, workspace_claim: where an identity provider says a role (one of `ROLES`, or a list of groups with one
      of them in it) and a workspace (its name or id); empty where it doesn't.
    """

    role: Role | None = "viewer"
    role_claim: str = ""
    workspace_claim: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an identity provider has let in. email: None where it hasn't verified one."""

    issuer: str
    subject: str
    email: str | None
    name: str | None
    claims: Mapping[str, Any]

    @property
    def digest(self) -> bytes:
        """What the user is known by: others may come to have an e-mail address, but never the subject."""
        return hashlib.sha256(f"{self.issuer}\0{self.subject}".encode()).digest()

    @property
    def login(self) -> str:
        """An address that was verified, or else a name that nobody can choose."""
        return self.email or f"{self.subject}@{self.issuer.partition('://')[2]}"


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """Whom the claims of an ID token name. Raises: SignInRefused."""
    subject, email, name = claims["sub"], claims.get("email"), claims.get("name")
    if not subject:
        raise SignInRefused
    is_verified = claims.get("email_verified") is True and isinstance(email, str) and _is_login(email)
    return Identity(
        issuer=claims["iss"],
        subject=subject,
        email=folded_login(str(email)) if is_verified else None,
        name=name if isinstance(name, str) and _is_name(name) else None,
        claims=claims,
    )


def _is_login(text: str) -> bool:
    with contextlib.suppress(InvalidInput):
        return bool(folded_login(text))
    return False


def _is_name(text: str) -> bool:
    with contextlib.suppress(InvalidInput):
        return bool(checked_name(text))
    return False


def sign_in_by_login(records: Records, rule: SignInRule, login: str) -> User:
    """The user whom a trusted proxy names; made, where there is none. Raises: SignInRefused; InvalidInput."""
    folded = folded_login(login)
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        user = _find_by_login(tx, folded)
        if user is not None:
            return _let_in(tx, user)
    if rule.role is None:
        raise SignInRefused(_UNKNOWN)
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        # Somebody else may have been quicker.
        users.hold_logins(tx)
        return _let_in(tx, _find_by_login(tx, folded) or add_user(tx, login=folded, role=rule.role))


def sign_in_by_identity(records: Records, rule: SignInRule, identity: Identity) -> User:
    """The user whom an identity provider has let in, with the role that it says where it does.

    One who was made beforehand under a verified e-mail address is bound to the identity at the first sign-in.
    Raises: SignInRefused.
    """
    workspace_id, role = _find_workspace(records, rule, identity), _said_role(rule, identity)
    with records.write(workspace_id) as tx:
        users.hold_logins(tx)
        user = users.find_user_by_identity(tx, identity.digest) or _bound(tx, identity)
        if user is None:
            if rule.role is None:
                raise SignInRefused(_UNKNOWN)
            return _let_in(tx, _added(tx, rule.role if role is None else role, identity))
        _let_in(tx, user)
        if role is None or role == user.role or user.workspace_id != workspace_id:
            return user
        users.set_role(tx, user.user_id, role)
        note(tx, "user.role_set", user.user_id, detail=f"role {role}")
        return users.get_user(tx, user.user_id)


def _added(tx: Transaction, role: Role, identity: Identity) -> User:
    return add_user(tx, login=identity.login, role=role, name=identity.name, identity_digest=identity.digest)


def _bound(tx: Transaction, identity: Identity) -> User | None:
    """The user with the e-mail address, who is known by the identity from now on."""
    user = None if identity.email is None else _find_by_login(tx, identity.email)
    if user is None:
        return None
    own = Transaction(tx.connection, user.workspace_id, tx.now_ms)
    if not users.bind_identity(own, user.user_id, identity.digest):
        msg = "This e-mail address belongs to somebody else's account. Ask whoever runs this server."
        raise SignInRefused(msg)
    return user


def _find_by_login(tx: Transaction, folded: str) -> User | None:
    """Whoever has the login, in whatever workspace. Nobody comes in by an id."""
    user = users.find_user_anywhere(tx, folded)
    return user if user is not None and user.login == folded else None


def _let_in(tx: Transaction, user: User) -> User:
    own = Transaction(tx.connection, user.workspace_id, tx.now_ms)
    if user.disabled_at_ms is not None or not is_open(own):
        raise SignInRefused(_CLOSED)
    return user


def _find_workspace(records: Records, rule: SignInRule, identity: Identity) -> WorkspaceId:
    named = identity.claims.get(rule.workspace_claim) if rule.workspace_claim else None
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = find_workspace_by_name(tx, str(named or DEFAULT_WORKSPACE_ID))
    if found is None or found.disabled_at_ms is not None:
        msg = "The identity provider names a workspace that isn't here. Ask whoever runs this server."
        raise SignInRefused(msg)
    return found.workspace_id


def _said_role(rule: SignInRule, identity: Identity) -> Role | None:
    """The highest role that the claim has; None where it has none."""
    said = identity.claims.get(rule.role_claim) if rule.role_claim else None
    values = said if isinstance(said, list) else [said]
    return next((role for role in ROLES if role in values), None)
