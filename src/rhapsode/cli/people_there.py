"""People of a data directory that a running server has: the same work, asked for over HTTP (`api.own_people`)."""

from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from rhapsode.access.keys import NewApiKey, UsedKey
from rhapsode.storage.api_keys import NO_TERMS, KeyTerms
from rhapsode.storage.audit import AuditEntry
from rhapsode.studio.ids import ApiKeyId
from rhapsode.studio.people import Role, User, Workspace

T = TypeVar("T")


class Ask(Protocol):
    """Asks the server, for an answer of a kind. Raises what the server raised."""

    def __call__(self, method: str, path: str, kind: type[T], **arguments: Any) -> T:
        """See `RunningServer`."""


class PeopleThere:
    """See access.people.People."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def list_workspaces(self) -> list[Workspace]:
        """See People."""
        return self._ask("GET", "/workspaces", list[Workspace])

    def create_workspace(self, name: str) -> Workspace:
        """See People."""
        return self._ask("POST", "/workspaces", Workspace, params={"name": name})

    def set_workspace_disabled(self, workspace: str, *, disabled: bool) -> Workspace:
        """See People."""
        wanted = {"workspace": workspace, "disabled": disabled}
        return self._ask("PATCH", "/workspaces", Workspace, params=wanted)

    def delete_workspace(self, workspace: str, *, now: bool) -> Workspace:
        """See People."""
        return self._ask("DELETE", "/workspaces", Workspace, params={"workspace": workspace, "now": now})

    def list_users(self) -> list[User]:
        """See People."""
        return self._ask("GET", "/users", list[User])

    def create_user(self, workspace: str, login: str, *, role: Role, name: str | None) -> User:
        """See People."""
        wanted = _said(workspace=workspace, login=login, role=role, name=name)
        return self._ask("POST", "/users", User, params=wanted)

    def change_user(self, user: str, *, role: Role | None = None, disabled: bool | None = None) -> User:
        """See People."""
        return self._ask("PATCH", "/users", User, params=_said(user=user, role=role, disabled=disabled))

    def delete_user(self, user: str) -> User:
        """See People."""
        return self._ask("DELETE", "/users", User, params={"user": user})

    def create_api_key(
        self, workspace: str | None, name: str, *, terms: KeyTerms = NO_TERMS, user: str | None = None
    ) -> NewApiKey:
        """See People."""
        wanted = _said(workspace=workspace, name=name, user=user)
        return self._ask("POST", "/keys", NewApiKey, params=wanted, json=asdict(terms))

    def list_api_keys(self, workspace: str) -> list[UsedKey]:
        """See People."""
        return self._ask("GET", "/keys", list[UsedKey], params={"workspace": workspace})

    def revoke_api_key(self, workspace: str, key_id: ApiKeyId) -> None:
        """See People."""
        self._ask("DELETE", f"/keys/{key_id}", bool, params={"workspace": workspace})

    def list_audit_entries(self, *, since_ms: int) -> list[AuditEntry]:
        """See People."""
        return self._ask("GET", "/audit", list[AuditEntry], params={"since_ms": since_ms})


def _said(**arguments: Any) -> dict[str, Any]:
    """What was said at all."""
    return {name: value for name, value in arguments.items() if value is not None}
