"""All that whoever runs an installation does about people: workspaces, users, keys, and what was done."""

from typing import Protocol

from rhapsode.access import keys, users, workspaces
from rhapsode.access.keys import NewApiKey, UsedKey
from rhapsode.storage.api_keys import NO_TERMS, KeyTerms
from rhapsode.storage.audit import Actor, AuditEntry, acting, list_audit_entries
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.ids import ApiKeyId, WorkspaceId
from rhapsode.studio.people import Role, User, Workspace

COMMAND = Actor("command line")
"""Whoever has the data directory, and needs no key."""


class People(Protocol):
    """What commands ask of whoever has the data directory.

    Workspaces are called by name or id, users by login or id.

    Raises, where one is named that isn't there: WorkspaceNotFound; UserNotFound.
    """

    def list_workspaces(self) -> list[Workspace]:
        """See access.workspaces."""

    def create_workspace(self, name: str) -> Workspace:
        """See access.workspaces. Raises: InvalidInput; NameTaken."""

    def set_workspace_disabled(self, workspace: str, *, disabled: bool) -> Workspace:
        """See access.workspaces."""

    def delete_workspace(self, workspace: str, *, now: bool) -> Workspace:
        """See access.workspaces; what it was. Raises: InvalidInput."""

    def list_users(self) -> list[User]:
        """Those of all workspaces."""

    def create_user(self, workspace: str, login: str, *, role: Role, name: str | None) -> User:
        """See access.users. Raises: InvalidInput; NameTaken."""

    def change_user(self, user: str, *, role: Role | None = None, disabled: bool | None = None) -> User:
        """See access.users."""

    def delete_user(self, user: str) -> User:
        """See access.users; who it was."""

    def create_api_key(
        self, workspace: str | None, name: str, *, terms: KeyTerms = NO_TERMS, user: str | None = None
    ) -> NewApiKey:
        """See access.keys. user: one of the workspace, which is theirs where it is None. Raises: KeyRefused."""

    def list_api_keys(self, workspace: str) -> list[UsedKey]:
        """See access.keys.list_used_keys."""

    def revoke_api_key(self, workspace: str, key_id: ApiKeyId) -> None:
        """See access.keys. Raises: ApiKeyNotFound."""

    def list_audit_entries(self, *, since_ms: int) -> list[AuditEntry]:
        """See storage.audit; of all workspaces."""


class PeopleHere:
    """People of a data directory that this process has."""

    def __init__(self, records: Records, blobs: Blobs) -> None:
        self._records = records
        self._blobs = blobs

    def list_workspaces(self) -> list[Workspace]:
        """See People."""
        return workspaces.list_workspaces(self._records)

    def create_workspace(self, name: str) -> Workspace:
        """See People."""
        with acting(COMMAND):
            return workspaces.create_workspace(self._records, name)

    def set_workspace_disabled(self, workspace: str, *, disabled: bool) -> Workspace:
        """See People."""
        with acting(COMMAND):
            return workspaces.set_workspace_disabled(
                self._records, self._workspace(workspace), disabled=disabled
            )

    def delete_workspace(self, workspace: str, *, now: bool) -> Workspace:
        """See People."""
        found = workspaces.get_workspace(self._records, workspace)
        with acting(COMMAND):
            workspaces.delete_workspace(self._records, self._blobs, found.workspace_id, now=now)
        return found

    def list_users(self) -> list[User]:
        """See People."""
        return [
            user
            for workspace in self.list_workspaces()
            for user in users.list_users(self._records, workspace.workspace_id)
        ]

    def create_user(self, workspace: str, login: str, *, role: Role, name: str | None) -> User:
        """See People."""
        with acting(COMMAND):
            return users.create_user(
                self._records, self._workspace(workspace), login=login, role=role, name=name
            )

    def change_user(self, user: str, *, role: Role | None = None, disabled: bool | None = None) -> User:
        """See People."""
        found = users.get_user_anywhere(self._records, user)
        with acting(COMMAND):
            return users.change_user(
                self._records, found.workspace_id, found.user_id, role=role, disabled=disabled
            )

    def delete_user(self, user: str) -> User:
        """See People."""
        found = users.get_user_anywhere(self._records, user)
        with acting(COMMAND):
            users.delete_user(self._records, found.workspace_id, found.user_id)
        return found

    def create_api_key(
        self, workspace: str | None, name: str, *, terms: KeyTerms = NO_TERMS, user: str | None = None
    ) -> NewApiKey:
        """See People."""
        owner = None if user is None else users.get_user_anywhere(self._records, user)
        if workspace is None:
            workspace = DEFAULT_WORKSPACE_ID if owner is None else owner.workspace_id
        with acting(COMMAND):
            return keys.create_api_key(
                self._records,
                self._workspace(workspace),
                name=name,
                terms=terms,
                user_id=None if owner is None else owner.user_id,
            )

    def list_api_keys(self, workspace: str) -> list[UsedKey]:
        """See People."""
        return keys.list_used_keys(self._records, self._workspace(workspace))

    def revoke_api_key(self, workspace: str, key_id: ApiKeyId) -> None:
        """See People."""
        with acting(COMMAND):
            keys.revoke_api_key(self._records, self._workspace(workspace), key_id)

    def list_audit_entries(self, *, since_ms: int) -> list[AuditEntry]:
        """See People."""
        return list_audit_entries(self._records, since_ms=since_ms)

    def _workspace(self, name_or_id: str) -> WorkspaceId:
        return workspaces.get_workspace(self._records, name_or_id).workspace_id
