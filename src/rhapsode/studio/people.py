"""Who works with an installation: workspaces and users, and what a role is called."""

from dataclasses import dataclass
from typing import Literal

from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import UserId, WorkspaceId
from rhapsode.studio.limits import MAX_LOGIN_CHARACTERS, MAX_NAME_CHARACTERS

Role = Literal["admin", "editor", "viewer"]
ROLES: tuple[Role, ...] = ("admin", "editor", "viewer")
"""From the one who may do most to the one who may do least."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whose projects, voices and keys they are. Moments are Unix milliseconds, None while it works."""

    workspace_id: WorkspaceId
    name: str
    created_at_ms: int
    disabled_at_ms: int | None = None
    deleted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works in one workspace. login: folded; of the whole installation nobody else has it."""

    user_id: UserId
    workspace_id: WorkspaceId
    login: str
    name: str
    role: Role
    created_at_ms: int
    disabled_at_ms: int | None = None


def folded_login(login: str) -> str:
    """A login as it is compared with others, whatever their case. Raises: InvalidInput."""
    folded = login.strip().casefold()
    if not 0 < len(folded) <= MAX_LOGIN_CHARACTERS or not folded.isprintable() or " " in folded:
        msg = f"A login is an e-mail address or a name without spaces, of at most {MAX_LOGIN_CHARACTERS} characters."
        raise InvalidInput(msg)
    return folded


def checked_name(name: str) -> str:
    """The name of a user or a workspace. Raises: InvalidInput."""
    if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS or not name.isprintable():
        msg = f"A name has 1 to {MAX_NAME_CHARACTERS} characters on one line."
        raise InvalidInput(msg)
    return name.strip()
