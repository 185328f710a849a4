"""What an operation needs: one table, in the names that the original has for the permissions of a key.

A role is a set of permissions, and so is what a key may do.

Source: schema PermissionType of the original's published API. Operations of ours need what those of the original need
that work on the same things.
"""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from rhapsode.studio.people import Role

EVERYTHING = None
"""What admins may do in their workspace, a key that has no permissions of its own, and who is asked for no key."""

OPEN = ""
"""What needs no permission: it says nothing of anybody's work, or has a secret of its own in its path or headers."""

UNLISTED = "everything"
"""What is in no row needs all there are, so that nothing new is open to a key that may do little."""

# The first row that a path begins with decides: what reading needs, and what everything else does.
_RESOURCES = tuple(
    (re.compile(path), read, write)
    for path, read, write in (
        (r"/rhapsode/v1/((shared|commands)/|sign-in(/|$)|session/link$)", OPEN, OPEN),
        (r"/(health|healthz|readyz)(/|$)|/player/", OPEN, OPEN),
        (r"/($|assets/)", OPEN, OPEN),
        (r"/(docs|docs\.md|openapi\.json|llms\.txt|llms-full\.txt)(/|$)", OPEN, OPEN),
        # Who may look into documents has the server fetch addresses and read files.
        (r"/rhapsode/v1/documents/preview$", "projects_write", "projects_write"),
        (r"/rhapsode/v1/events$", "projects_read", "projects_write"),
        (
            r"(/rhapsode)?/v1/studio/(projects|podcasts|deleted-projects)(/|$)",
            "projects_read",
            "projects_write",
        ),
        (r"(/rhapsode)?/v1/audio-native(/|$)", "audio_native_read", "audio_native_write"),
        (r"(/rhapsode)?/v1/history(/|$)", "speech_history_read", "speech_history_write"),
        (r"(/rhapsode)?/v[12]/voices(/|$)", "voices_read", "voices_write"),
        (r"/v1/text-to-(speech/|dialogue(/|$))", "text_to_speech", "text_to_speech"),
        (r"/v1/forced-alignment$", "forced_alignment", "forced_alignment"),
        (
            r"/v1/pronunciation-dictionaries(/|$)",
            "pronunciation_dictionaries_read",
            "pronunciation_dictionaries_write",
        ),
        (r"/v1/workspace/webhooks(/|$)", "workspace_read", "webhooks_write"),
        (r"(/v1/user|/rhapsode/v1/(sessions?|usage))(/|$)", "user_read", "user_write"),
        (r"/v1/models$", "models_read", "models_write"),
        (r"/rhapsode/v1/engines$", "models_read", "models_write"),
        (r"/rhapsode/v1/(workspaces(/|$)|system$)|/metrics$", "workspace_read", "workspace_write"),
        (r"/rhapsode/v1/users(/|$)", "workspace_members_read", "workspace_members_invite"),
        (r"/rhapsode/v1/keys(/|$)", "create_user_api_key", "create_user_api_key"),
        (r"/rhapsode/v1/audit$", "audit_log_read", "audit_log_read"),
    )
)
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The original's own POSTs that change nothing, and ours that makes a file of what is there already.
_READING_POSTS = re.compile(
    r"(/rhapsode)?/v1/studio/projects/.+/snapshots/[^/]+/(stream|archive|export)|/v1/history/download"
)

_REMOVED_USER = re.compile(r"/rhapsode/v1/users/")
_REMOVE_USER = "workspace_members_remove"

PERMISSIONS = tuple(sorted({need for _, *needs in _RESOURCES for need in needs} - {OPEN} | {_REMOVE_USER}))
"""All that a key can be given."""

_VIEWER = frozenset(
    {
        "audio_native_read",
        "models_read",
        "projects_read",
        "pronunciation_dictionaries_read",
        "speech_history_read",
        "user_read",
        "user_write",
        "voices_read",
    }
)
_EDITOR = _VIEWER | {
    "audio_native_write",
    "forced_alignment",
    "projects_write",
    "pronunciation_dictionaries_write",
    "speech_history_write",
    "text_to_speech",
}
ROLE_PERMISSIONS: Mapping[Role, frozenset[str] | None] = MappingProxyType(
    {"admin": EVERYTHING, "editor": _EDITOR, "viewer": _VIEWER}
)
"""What users may do: read and download, work on content, or see to voices, webhooks, keys and people too."""


def permission_of(method: str, path: str) -> str:
    """What an operation needs: one of PERMISSIONS, or OPEN, or UNLISTED.

    path: of a request or of a route; both begin alike.    method: of HTTP; WebSockets are opened with GET.
    """
    if method == "DELETE" and _REMOVED_USER.match(path):
        return _REMOVE_USER
    found = next(((read, write) for pattern, read, write in _RESOURCES if pattern.match(path)), None)
    if found is None:
        return UNLISTED
    return found[0] if _reads(method, path) else found[1]


def missing_permission(allowed: Collection[str] | None, needed: str) -> str | None:
    """What is missing for what an operation needs; None where nothing is. allowed: EVERYTHING, or permissions."""
    if allowed is EVERYTHING or needed == OPEN or needed in allowed:
        return None
    return needed


def both_allow(first: Collection[str] | None, second: Collection[str] | None) -> frozenset[str] | None:
    """What is allowed by both of two: permissions, or EVERYTHING."""
    if first is EVERYTHING or second is EVERYTHING:
        either = second if first is EVERYTHING else first
        return EVERYTHING if either is EVERYTHING else frozenset(either)
    return frozenset(first) & frozenset(second)


def _reads(method: str, path: str) -> bool:
    return method in _READING_METHODS or _READING_POSTS.fullmatch(path) is not None
