"""What leaves the server as a whole, and what is deleted or set up without another trace, is noted in the audit log.

Most changes are noted by the transaction that makes them (`authoring`). What is here writes nothing else, or nothing
that is kept.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cachetools import TTLCache
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhapsode.access.audit import note_alone
from rhapsode.access.caller import Caller
from rhapsode.storage.records import Records

_PROJECT = "/v1/studio/projects/{project_id}"
_SNAPSHOT = f"{_PROJECT}/snapshots/{{project_snapshot_id}}"
_ACTIONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("POST", f"{_SNAPSHOT}/archive"): "archive.downloaded",
        ("GET", f"{_SNAPSHOT}/archive"): "archive.downloaded",
        ("GET", f"/rhapsode{_PROJECT}/partial/archive"): "archive.downloaded",
        ("GET", f"/rhapsode{_SNAPSHOT}/export"): "export.downloaded",
        ("POST", f"/rhapsode{_SNAPSHOT}/export"): "export.downloaded",
        ("POST", "/v1/history/download"): "history.downloaded",
        ("GET", "/rhapsode/v1/history/downloads/{download_id}"): "history.downloaded",
        ("DELETE", "/v1/history/{history_item_id}"): "history_item.deleted",
        ("POST", "/v1/workspace/webhooks"): "webhook.created",
        ("PATCH", "/v1/workspace/webhooks/{webhook_id}"): "webhook.updated",
        ("DELETE", "/v1/workspace/webhooks/{webhook_id}"): "webhook.deleted",
        ("DELETE", f"/rhapsode{_PROJECT}/links/{{kind}}"): "link.revoked",
        ("DELETE", "/rhapsode/v1/voices/{voice_id}/links/preview"): "link.revoked",
        ("DELETE", "/rhapsode/v1/audio-native/{project_id}/player"): "player.deleted",
    }
)

# A download in pieces is one; without its beginning it is noted too.
_NOTED_FOR_S = 24 * 3600
_MOST_NOTED = 10_000
_PARTIAL = 206
_UNCHANGED = 304


class AuditTrail:
    """Note what is done by requests of some operations, before the client is told that it is done."""

    def __init__(self, app: ASGIApp, records: Records) -> None:
        self._app = app
        self._records = records
        self._noted: TTLCache[tuple[Caller, str, str], bool] = TTLCache(_MOST_NOTED, _NOTED_FOR_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note it when it is answered well."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_done(message["status"]):
                await self._note(scope, goes_on=_goes_on(message))
            await send(message)

        await self._app(scope, receive, noting)

    async def _note(self, scope: Scope, *, goes_on: bool) -> None:
        action = _ACTIONS.get((scope["method"], getattr(scope.get("route"), "path", "")))
        if action is None:
            return
        caller, object_id = scope["state"]["caller"], _object_id(scope)
        if goes_on and (caller, action, object_id) in self._noted:
            return
        self._noted[caller, action, object_id] = True
        await run_in_threadpool(note_alone, self._records, caller.workspace_id, action, object_id)


def _is_done(status: int) -> bool:
    """Whether an answer says that it is done. Of what a client has already, nothing leaves the server."""
    return status < 400 and status != _UNCHANGED


def _goes_on(start: Message) -> bool:
    """Whether an answer is what comes after the beginning of a file.

    What was asked for doesn't say: a range that is none, or one of several, is answered with the whole.
    """
    if start["status"] != _PARTIAL:
        return False
    return not Headers(raw=start["headers"]).get("content-range", "").startswith("bytes 0-")


def _object_id(scope: Scope) -> str:
    """The innermost thing that the path names."""
    parameters: dict[str, Any] = scope.get("path_params", {})
    ids = [str(value) for name, value in parameters.items() if name.endswith("_id")]
    return ids[-1] if ids else ""
