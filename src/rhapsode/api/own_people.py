"""What the program's own commands about people ask of a server: routes of `api.own`."""

from typing import Annotated

from fastapi import APIRouter, Depends

from rhapsode.access.keys import NewApiKey, UsedKey
from rhapsode.access.people import PeopleHere
from rhapsode.api.context import ServicesOf
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.audit import AuditEntry
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.ids import ApiKeyId
from rhapsode.studio.people import Role, User, Workspace

router = APIRouter()


async def _people(services: ServicesOf) -> PeopleHere:
    return PeopleHere(services.records, services.blobs)


_PeopleOf = Annotated[PeopleHere, Depends(_people)]


@router.get("/workspaces")
def list_workspaces(people: _PeopleOf) -> list[Workspace]:
    """All workspaces."""
    return people.list_workspaces()


@router.post("/workspaces")
def create_workspace(people: _PeopleOf, name: str) -> Workspace:
    """Make a workspace."""
    return people.create_workspace(name)


@router.patch("/workspaces")
def set_workspace_disabled(
    services: ServicesOf, people: _PeopleOf, workspace: str, disabled: bool
) -> Workspace:
    """Close a workspace, or open it again."""
    changed = people.set_workspace_disabled(workspace, disabled=disabled)
    services.wake()
    return changed


@router.delete("/workspaces")
def delete_workspace(people: _PeopleOf, workspace: str, now: bool) -> Workspace:
    """Delete a workspace; what it was."""
    return people.delete_workspace(workspace, now=now)


@router.get("/users")
def list_users(people: _PeopleOf) -> list[User]:
    """The users of all workspaces."""
    return people.list_users()


@router.post("/users")
def create_user(people: _PeopleOf, workspace: str, login: str, role: Role, name: str | None = None) -> User:
    """Make a user."""
    return people.create_user(workspace, login, role=role, name=name)


@router.patch("/users")
def change_user(people: _PeopleOf, user: str, role: Role | None = None, disabled: bool | None = None) -> User:
    """Give a user another role, or disable or enable them."""
    return people.change_user(user, role=role, disabled=disabled)


@router.delete("/users")
def delete_user(people: _PeopleOf, user: str) -> User:
    """Delete a user; who it was."""
    return people.delete_user(user)


@router.post("/keys")
def create_api_key(
    people: _PeopleOf, name: str, terms: KeyTerms, workspace: str | None = None, user: str | None = None
) -> NewApiKey:
    """Make an API key."""
    return people.create_api_key(workspace, name, terms=terms, user=user)


@router.get("/keys")
def list_api_keys(people: _PeopleOf, workspace: str = DEFAULT_WORKSPACE_ID) -> list[UsedKey]:
    """All API keys of a workspace, revoked ones too."""
    return people.list_api_keys(workspace)


@router.delete("/keys/{key_id}")
def revoke_api_key(people: _PeopleOf, workspace: str, key_id: ApiKeyId) -> bool:
    """Let a key open nothing any more; True."""
    people.revoke_api_key(workspace, key_id)
    return True


@router.post("/sign-in-links")
def make_sign_in_link(services: ServicesOf) -> str:
    """An address that signs a browser in, once."""
    return services.new_sign_in_link()


@router.get("/audit")
def list_audit_entries(people: _PeopleOf, since_ms: int) -> list[AuditEntry]:
    """What was done since a moment."""
    return people.list_audit_entries(since_ms=since_ms)
