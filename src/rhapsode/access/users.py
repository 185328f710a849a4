"""Users of a workspace: made, given a role, disabled and deleted. Each step is noted in the audit log."""

from rhapsode.access.audit import note
from rhapsode.storage import users
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.workspaces import get_workspace
from rhapsode.studio.errors import UserNotFound
from rhapsode.studio.ids import UserId, WorkspaceId, new_id
from rhapsode.studio.people import Role, User, checked_name, folded_login


def create_user(
    records: Records, workspace_id: WorkspaceId, *, login: str, role: Role, name: str | None = None
) -> User:
    """Make a user. name: None for the login. Raises: InvalidInput; NameTaken; WorkspaceNotFound."""
    with records.write(workspace_id) as tx:
        return add_user(tx, login=login, role=role, name=name)


def add_user(
    tx: Transaction, *, login: str, role: Role, name: str | None = None, identity_digest: bytes | None = None
) -> User:
    """The same in a transaction of the workspace. identity_digest: see `storage.users.bind_identity`."""
    get_workspace(tx)
    folded = folded_login(login)
    user = User(
        user_id=UserId(new_id(tx.now_ms)),
        workspace_id=tx.workspace_id,
        login=folded,
        name=checked_name(name or folded),
        role=role,
        created_at_ms=tx.now_ms,
    )
    users.insert_user(tx, user, identity_digest=identity_digest)
    note(tx, "user.created", user.user_id, detail=f"role {role}")
    return user


def list_users(records: Records, workspace_id: WorkspaceId) -> list[User]:
    """The users of a workspace, the oldest first."""
    with records.read(workspace_id) as tx:
        return users.list_users(tx)


def get_user_anywhere(records: Records, login_or_id: str) -> User:
    """A user of the installation, for whoever runs it. Raises: UserNotFound."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        user = users.find_user_anywhere(tx, login_or_id) or users.find_user_anywhere(
            tx, login_or_id.casefold()
        )
    if user is None:
        msg = f"There is no user {login_or_id}: `rhapsode users list` shows all."
        raise UserNotFound(msg)
    return user


def change_user(
    records: Records,
    workspace_id: WorkspaceId,
    user_id: UserId,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
) -> User:
    """Give a user a role, or disable or enable them; None leaves that as it is. Raises: UserNotFound."""
    with records.write(workspace_id) as tx:
        users.get_user(tx, user_id)
        if role is not None:
            users.set_role(tx, user_id, role)
            note(tx, "user.role_set", user_id, detail=f"role {role}")
        if disabled is not None:
            users.set_user_disabled(tx, user_id, disabled=disabled)
            note(tx, "user.disabled" if disabled else "user.enabled", user_id)
        return users.get_user(tx, user_id)


def delete_user(records: Records, workspace_id: WorkspaceId, user_id: UserId) -> None:
    """Delete a user with their keys and sessions. What they have made is the workspace's, and stays.

    Raises: UserNotFound.
    """
    with records.write(workspace_id) as tx:
        users.delete_user(tx, user_id)
        note(tx, "user.deleted", user_id)
