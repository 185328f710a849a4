"""Who asks: a key, a user with a session or behind a proxy, a command, or anybody where no key is asked for."""

from dataclasses import dataclass
from typing import Literal

from rhapsode.access.permissions import EVERYTHING, ROLE_PERMISSIONS, both_allow
from rhapsode.storage.api_keys import NO_TERMS, KeyOwner, KeyTerms
from rhapsode.storage.audit import Actor
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.sessions import SessionOwner
from rhapsode.studio.ids import ApiKeyId, SessionId, UserId, WorkspaceId
from rhapsode.studio.people import Role, User

CallerKind = Literal["key", "session", "proxy", "command line", "nobody"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose a request is, and how that is known.

    key_id: what pays for what is spoken; None where nobody does.
    role: of the user; None where it is nobody's, and so may do all that is done in the workspace.
    terms: of the key that is shown, or that a session was begun with.
    """

    kind: CallerKind
    workspace_id: WorkspaceId
    key_id: ApiKeyId | None = None
    user_id: UserId | None = None
    role: Role | None = None
    session_id: SessionId | None = None
    terms: KeyTerms = NO_TERMS

    @property
    def allowed(self) -> frozenset[str] | None:
        """The permissions it has, which the user's role and the key both have to give; or EVERYTHING."""
        of_role = EVERYTHING if self.role is None else ROLE_PERMISSIONS[self.role]
        return both_allow(of_role, self.terms.permissions)

    @property
    def party(self) -> ApiKeyId | UserId | None:
        """Whose requests are counted together; None where nobody's are."""
        return self.key_id or self.user_id

    @property
    def may_manage_workspaces(self) -> bool:
        """Whether all workspaces are its business: only a user's, who is an admin of the first.

        A key without a user may do everything in its own workspace, and nothing in others.
        """
        return self.role == "admin" and self.workspace_id == DEFAULT_WORKSPACE_ID

    def actor(self, address: str | None) -> Actor:
        """Who the audit log says it was. address: of the network, where the request came from."""
        return Actor(self.kind, self.user_id, self.key_id, address)


def caller_of_key(owner: KeyOwner) -> Caller:
    """Who asks with a key."""
    return Caller("key", owner.workspace_id, owner.key_id, owner.user_id, owner.role, terms=owner.terms)


def caller_of_session(owner: SessionOwner) -> Caller:
    """Who asks from a browser that is signed in."""
    return Caller(
        "session",
        owner.workspace_id,
        owner.key_id,
        owner.user_id,
        owner.role,
        session_id=owner.session_id,
        terms=owner.terms,
    )


def caller_of_proxy(user: User) -> Caller:
    """Whom a proxy that is trusted says to ask."""
    return Caller("proxy", user.workspace_id, user_id=user.user_id, role=user.role)
