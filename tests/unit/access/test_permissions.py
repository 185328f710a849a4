"""One table says what each operation needs, and nothing of the application is missing from it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from elevenlabs.types.permission_type import PermissionType
from fastapi import APIRouter

from rhapsode.access.permissions import (
    EVERYTHING,
    OPEN,
    PERMISSIONS,
    ROLE_PERMISSIONS,
    UNLISTED,
    both_allow,
    missing_permission,
    permission_of,
)
from rhapsode.access.rule import AccessRule
from rhapsode.api.addresses import Addresses
from rhapsode.api.server import create_app
from rhapsode.web import page, player
from rhapsode.web.documentation import routes as documentation


def operations() -> list[tuple[str, str]]:
    """Method and path of every route that a server has; WebSockets are opened with GET."""
    services: Any = SimpleNamespace(addresses=Addresses("http://here"), running_downloads=None, records=None)
    rule = AccessRule(lambda _: None)
    app = create_app(services, access=rule, pages=[page.router, player.router, documentation.router])
    return sorted(set(_operations(app.router)))


def _operations(router: Any) -> Iterator[tuple[str, str]]:
    prefix = router.prefix if isinstance(router, APIRouter) else ""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from ((method, prefix + path) for method, path in _operations(included))
        else:
            yield from ((method, route.path) for method in getattr(route, "methods", None) or {"GET"})


OPERATIONS = operations()


def test_the_operations_of_the_application_are_found() -> None:
    """Those of commands and WebSockets too, or the next tests would say little."""
    assert len(OPERATIONS) > 130
    assert ("GET", "/v1/text-to-speech/{voice_id}/stream-input") in OPERATIONS
    assert ("POST", "/rhapsode/v1/commands/keys") in OPERATIONS


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_is_in_the_table(method: str, path: str) -> None:
    """A new route that nobody has thought of would need everything."""
    assert permission_of(method, path) != UNLISTED


def test_what_is_open_says_nothing_of_anybodys_work() -> None:
    """Health, documentation, and what a token opens."""
    opened = {path for method, path in OPERATIONS if permission_of(method, path) == OPEN}
    beginnings = (
        "/rhapsode/v1/shared/",
        "/rhapsode/v1/commands/",
        "/rhapsode/v1/sign-in",
        "/rhapsode/v1/session/link",
        "/player/",
        "/docs",
        "/llms",
        "/openapi.json",
    )
    assert {path for path in opened if not path.startswith(beginnings)} == {
        *("/health", "/healthz", "/readyz"),
        *("/", "/assets/{name}"),
    }


def test_permissions_are_those_of_the_original() -> None:
    """By the official SDK's list of them."""
    literal, _any = get_args(PermissionType)
    assert set(PERMISSIONS) <= set(get_args(literal))


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/v1/studio/projects", "projects_read"),
        ("POST", "/v1/studio/projects", "projects_write"),
        ("POST", "/v1/studio/projects/p/convert", "projects_write"),
        ("POST", "/v1/studio/projects/p/snapshots/s/stream", "projects_read"),
        ("POST", "/v1/studio/projects/p/chapters/c/snapshots/s/stream", "projects_read"),
        ("POST", "/v1/studio/projects/p/snapshots/s/archive", "projects_read"),
        ("POST", "/rhapsode/v1/studio/projects/p/snapshots/s/export", "projects_read"),
        ("POST", "/v1/studio/projects/stream", "projects_write"),
        ("DELETE", "/rhapsode/v1/studio/projects/p/cover", "projects_write"),
        ("POST", "/v1/history/download", "speech_history_read"),
        ("DELETE", "/v1/history/h", "speech_history_write"),
        ("GET", "/v1/text-to-speech/v/stream-input", "text_to_speech"),
        ("GET", "/v2/voices", "voices_read"),
        ("POST", "/v1/voices/add", "voices_write"),
        ("POST", "/v1/workspace/webhooks", "webhooks_write"),
        ("GET", "/rhapsode/v1/session", "user_read"),
        ("POST", "/rhapsode/v1/session/link", OPEN),
        ("POST", "/rhapsode/v1/session/links", "user_write"),
        ("DELETE", "/rhapsode/v1/sessions/s", "user_write"),
        ("GET", "/rhapsode/v1/users", "workspace_members_read"),
        ("PATCH", "/rhapsode/v1/users/u", "workspace_members_invite"),
        ("DELETE", "/rhapsode/v1/users/u", "workspace_members_remove"),
        ("POST", "/rhapsode/v1/keys", "create_user_api_key"),
        ("GET", "/rhapsode/v1/audit", "audit_log_read"),
        ("DELETE", "/rhapsode/v1/workspaces/w", "workspace_write"),
        ("GET", "/metrics", "workspace_read"),
        ("GET", "/v1/historyX", UNLISTED),
        ("GET", "/nowhere", UNLISTED),
    ],
)
def test_operations_need_what_their_resource_needs(method: str, path: str, needed: str) -> None:
    """A POST that only reads needs no more than reading."""
    assert permission_of(method, path) == needed


def test_a_key_may_do_what_it_has_a_permission_for() -> None:
    """And one without permissions of its own everything, what nobody has listed too."""
    assert missing_permission(None, UNLISTED) is None
    assert missing_permission(["voices_read"], "voices_read") is None
    assert missing_permission([], OPEN) is None
    assert missing_permission(["voices_read"], "voices_write") == "voices_write"
    assert missing_permission(list(PERMISSIONS), UNLISTED) == UNLISTED


def test_roles_have_permissions_that_there_are() -> None:
    """An editor may do all that a viewer may, and more; an admin everything in the workspace."""
    viewer, editor = ROLE_PERMISSIONS["viewer"], ROLE_PERMISSIONS["editor"]
    assert viewer is not EVERYTHING
    assert editor is not EVERYTHING
    assert viewer < editor < set(PERMISSIONS)
    assert ROLE_PERMISSIONS["admin"] is EVERYTHING


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("GET", "/v1/studio/projects/p", "viewer"),
        ("POST", "/v1/studio/projects/p/snapshots/s/archive", "viewer"),
        ("POST", "/v1/history/download", "viewer"),
        ("DELETE", "/rhapsode/v1/session", "viewer"),
        ("POST", "/v1/studio/projects/p/convert", "editor"),
        ("DELETE", "/v1/studio/projects/p", "editor"),
        ("POST", "/v1/text-to-speech/v", "editor"),
        ("DELETE", "/v1/history/h", "editor"),
        ("POST", "/v1/voices/add", "admin"),
        ("GET", "/v1/workspace/webhooks", "admin"),
        ("POST", "/rhapsode/v1/keys", "admin"),
        ("DELETE", "/rhapsode/v1/users/u", "admin"),
        ("GET", "/rhapsode/v1/audit", "admin"),
        ("GET", "/nowhere", "admin"),
    ],
)
def test_who_may_do_what(method: str, path: str, who: str) -> None:
    """Viewers read and download, editors work on content, admins see to voices, keys, webhooks and people."""
    needed = permission_of(method, path)
    allowed = {role for role, held in ROLE_PERMISSIONS.items() if missing_permission(held, needed) is None}

    ranks = ["viewer", "editor", "admin"]
    assert allowed == set(ranks[ranks.index(who) :])


def test_a_key_and_its_user_both_have_to_be_allowed() -> None:
    """What neither restricts isn't; and nothing is added by the other."""
    assert both_allow(EVERYTHING, EVERYTHING) is EVERYTHING
    assert both_allow(EVERYTHING, ("voices_read",)) == frozenset({"voices_read"})
    assert both_allow(ROLE_PERMISSIONS["viewer"], EVERYTHING) == ROLE_PERMISSIONS["viewer"]
    assert both_allow(ROLE_PERMISSIONS["viewer"], ("voices_read", "projects_write")) == frozenset(
        {"voices_read"}
    )
