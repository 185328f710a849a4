"""What users, workspaces, keys and sessions say on the wire. Ours."""

from typing import Annotated

from pydantic import BaseModel, Field

from rhapsode.access.keys import UsedKey
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.audit import AuditEntry
from rhapsode.storage.sessions import Session, SignInMethod
from rhapsode.studio.limits import MAX_LOGIN_CHARACTERS, MAX_NAME_CHARACTERS, MAX_RATE
from rhapsode.studio.people import Role, User, Workspace

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS)]
Login = Annotated[str, Field(min_length=1, max_length=MAX_LOGIN_CHARACTERS)]

# Seconds; no later moment has a date that can be told.
_YEAR_10000_UNIX = 253_402_300_800


class UserModel(BaseModel):
    """Somebody who works in a workspace. created_at_unix: in seconds."""

    user_id: str
    workspace_id: str
    login: str
    name: str
    role: Role
    is_disabled: bool
    created_at_unix: int


class UserList(BaseModel):
    """All users of a workspace."""

    users: list[UserModel]


class NewUser(BaseModel):
    """Somebody who is to work in the workspace. name: the login where it isn't sent."""

    login: Login
    role: Role = "viewer"
    name: Name | None = None


class UserChanges(BaseModel):
    """What isn't sent stays."""

    role: Role | None = None
    is_disabled: bool | None = None


class WorkspaceModel(BaseModel):
    """Whose projects, voices and keys they are. created_at_unix: in seconds."""

    workspace_id: str
    name: str
    is_disabled: bool
    created_at_unix: int


class WorkspaceList(BaseModel):
    """The workspaces of an installation."""

    workspaces: list[WorkspaceModel]


class NewWorkspace(BaseModel):
    """A workspace with nothing in it."""

    name: Name


class WorkspaceChanges(BaseModel):
    """What isn't sent stays."""

    is_disabled: bool | None = None


class KeyModel(BaseModel):
    """An API key without its secret. hint: its last characters.

    user_id: whose role it has; null for a key of the workspace itself.
    character_count: spoken with it in this month, in UTC, of `character_limit`, where it has one.
    permissions: null for all of the role.    expires_at_unix: seconds; null for never.
    requests_per_minute, concurrent_requests: null for what the server allows each key.
    """

    key_id: str
    name: str
    hint: str
    user_id: str | None
    character_count: int
    character_limit: int | None
    permissions: list[str] | None
    expires_at_unix: int | None
    requests_per_minute: int | None
    concurrent_requests: int | None
    is_revoked: bool
    created_at_unix: int


class KeyList(BaseModel):
    """All keys of a workspace."""

    keys: list[KeyModel]


class NewKey(BaseModel):
    """A key to be made. user_id: whose role it has; the workspace's own without one. The rest as of KeyModel."""

    name: Name = "key"
    user_id: str | None = None
    character_limit: Annotated[int, Field(ge=0, lt=2**62)] | None = None
    permissions: Annotated[list[str], Field(max_length=100)] | None = None
    expires_at_unix: Annotated[int, Field(ge=0, lt=_YEAR_10000_UNIX)] | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=MAX_RATE)] | None = None
    concurrent_requests: Annotated[int, Field(ge=1, le=MAX_RATE)] | None = None


class CreatedKey(BaseModel):
    """xi_api_key: told only here."""

    key_id: str
    xi_api_key: str


class SessionModel(BaseModel):
    """A browser that is signed in. is_current: whether it is the one that asks. Moments are Unix seconds."""

    session_id: str
    user_id: str | None
    key_id: str | None
    method: SignInMethod
    is_current: bool
    created_at_unix: int
    used_at_unix: int
    expires_at_unix: int


class SessionList(BaseModel):
    """Sessions that haven't ended."""

    sessions: list[SessionModel]


class WhoAmI(BaseModel):
    """Who asks, and what they may.

    user: null for a key that is nobody's.    role: null for whoever may do all that is done in the workspace.
    permissions: in the words that the original has for keys; null for all.
    session_id: null where no session shows who it is.
    """

    workspace: WorkspaceModel
    user: UserModel | None
    role: Role | None
    permissions: list[str] | None
    session_id: str | None


class ShownLink(BaseModel):
    """What a sign-in link has behind `#sign-in=`."""

    token: Annotated[str, Field(min_length=1, max_length=100)]


class SignInWays(BaseModel):
    """How somebody may sign in here. oidc_url: where a browser is sent for that; null without a provider."""

    key: bool = True
    oidc_url: str | None


class AuditEntryModel(BaseModel):
    """Who did what to which object, from where and when."""

    actor: str
    user_id: str | None
    key_id: str | None
    address: str | None
    action: str
    object_id: str
    detail: str | None
    created_at_unix: int


class AuditLog(BaseModel):
    """Entries of the audit log, the oldest first; of very many, the newest."""

    entries: list[AuditEntryModel]


def user_model(user: User) -> UserModel:
    """A user as the wire has it."""
    return UserModel(
        user_id=user.user_id,
        workspace_id=user.workspace_id,
        login=user.login,
        name=user.name,
        role=user.role,
        is_disabled=user.disabled_at_ms is not None,
        created_at_unix=user.created_at_ms // 1000,
    )


def workspace_model(workspace: Workspace) -> WorkspaceModel:
    """A workspace as the wire has it."""
    return WorkspaceModel(
        workspace_id=workspace.workspace_id,
        name=workspace.name,
        is_disabled=workspace.disabled_at_ms is not None,
        created_at_unix=workspace.created_at_ms // 1000,
    )


def key_model(used: UsedKey) -> KeyModel:
    """A key as the wire has it."""
    key, terms = used.api_key, used.api_key.terms
    return KeyModel(
        key_id=key.key_id,
        name=key.name,
        hint=key.hint,
        user_id=key.user_id,
        character_count=used.character_count,
        character_limit=terms.character_limit,
        permissions=None if terms.permissions is None else list(terms.permissions),
        expires_at_unix=None if terms.expires_at_ms is None else terms.expires_at_ms // 1000,
        requests_per_minute=terms.requests_per_minute,
        concurrent_requests=terms.concurrent_requests,
        is_revoked=key.revoked_at_ms is not None,
        created_at_unix=key.created_at_ms // 1000,
    )


def key_terms(key: NewKey) -> KeyTerms:
    """What somebody wants a key to be used for."""
    return KeyTerms(
        character_limit=key.character_limit,
        expires_at_ms=None if key.expires_at_unix is None else key.expires_at_unix * 1000,
        permissions=None if key.permissions is None else tuple(key.permissions),
        requests_per_minute=key.requests_per_minute,
        concurrent_requests=key.concurrent_requests,
    )


def session_model(session: Session, current_id: str | None) -> SessionModel:
    """A session as the wire has it."""
    return SessionModel(
        session_id=session.session_id,
        user_id=session.user_id,
        key_id=session.key_id,
        method=session.method,
        is_current=session.session_id == current_id,
        created_at_unix=session.created_at_ms // 1000,
        used_at_unix=session.used_at_ms // 1000,
        expires_at_unix=session.expires_at_ms // 1000,
    )


def audit_entry_model(entry: AuditEntry) -> AuditEntryModel:
    """An entry as the wire has it."""
    return AuditEntryModel(
        actor=entry.actor,
        user_id=entry.user_id,
        key_id=entry.key_id,
        address=entry.address,
        action=entry.action,
        object_id=entry.object_id,
        detail=entry.detail,
        created_at_unix=entry.created_at_ms // 1000,
    )
