"""Users and keys of the workspace, and what was done in it. Ours; for its admins."""

from typing import Annotated

from fastapi import APIRouter, Query

from rhapsode.access import giving, keys, users
from rhapsode.api.context import CallerOf, ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.people_models import (
    AuditLog,
    CreatedKey,
    KeyList,
    NewKey,
    NewUser,
    UserChanges,
    UserList,
    UserModel,
    audit_entry_model,
    key_model,
    key_terms,
    user_model,
)
from rhapsode.api.studio_models import Done
from rhapsode.storage.audit import list_audit_entries
from rhapsode.studio.ids import ApiKeyId, UserId

router = APIRouter(prefix="/rhapsode/v1", tags=["people"], route_class=JsonRoute, strict_content_type=False)


@router.get("/users", summary="List users")
def list_users(services: ServicesOf, workspace_id: WorkspaceOf) -> UserList:
    """The users of the workspace, the oldest first."""
    return UserList(users=[user_model(user) for user in users.list_users(services.records, workspace_id)])


@router.post("/users", summary="Create a user")
def create_user(body: NewUser, services: ServicesOf, caller: CallerOf) -> UserModel:
    """Let somebody work in the workspace. They come in by a key of theirs, or as whom others vouch for.

    Their role may do no more than whoever asks.
    """
    made = giving.give_seat(services.records, caller, login=body.login, role=body.role, name=body.name)
    return user_model(made)


@router.patch("/users/{user_id}", summary="Update a user")
def update_user(user_id: str, body: UserChanges, services: ServicesOf, caller: CallerOf) -> UserModel:
    """Give a user another role, or disable them: then nothing of theirs opens anything.

    Neither the role that they have nor the new one may do more than whoever asks.
    """
    changed = giving.change_seat(
        services.records, caller, UserId(user_id), role=body.role, disabled=body.is_disabled
    )
    return user_model(changed)


@router.delete("/users/{user_id}", summary="Delete a user")
def delete_user(user_id: str, services: ServicesOf, caller: CallerOf) -> Done:
    """Delete a user with their keys and sessions. What they have made is the workspace's, and stays.

    Their role may do no more than whoever asks.
    """
    giving.take_seat(services.records, caller, UserId(user_id))
    return Done()


@router.get("/keys", summary="List API keys")
def list_keys(services: ServicesOf, workspace_id: WorkspaceOf) -> KeyList:
    """The keys of the workspace, revoked ones too, the oldest first."""
    return KeyList(keys=[key_model(key) for key in keys.list_used_keys(services.records, workspace_id)])


@router.post("/keys", summary="Create an API key")
def create_key(body: NewKey, services: ServicesOf, caller: CallerOf) -> CreatedKey:
    """Make a key of a user, or of the workspace itself. It is told only here.

    It may do no more than whoever asks.
    """
    new = giving.give_key(
        services.records,
        caller,
        name=body.name,
        terms=key_terms(body),
        user_id=None if body.user_id is None else UserId(body.user_id),
    )
    return CreatedKey(key_id=new.api_key.key_id, xi_api_key=new.secret)


@router.delete("/keys/{key_id}", summary="Revoke an API key")
def revoke_key(key_id: str, services: ServicesOf, caller: CallerOf) -> Done:
    """Let a key open nothing any more; it stays in the list. It may do no more than whoever asks, or is their own."""
    giving.take_key(services.records, caller, ApiKeyId(key_id))
    return Done()


@router.get("/audit", summary="Read the audit log")
def read_audit_log(
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    since_unix: Annotated[int, Query(ge=0, lt=2**40)] = 0,
) -> AuditLog:
    """What was done in the workspace, by whom and from where, since a moment in Unix seconds."""
    found = list_audit_entries(services.records, since_ms=since_unix * 1000, workspace_id=workspace_id)
    return AuditLog(entries=[audit_entry_model(entry) for entry in found])
