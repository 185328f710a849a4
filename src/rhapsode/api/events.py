"""Following what becomes of projects, without asking again and again. All of it is ours."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse

from rhapsode.access.caller import Caller
from rhapsode.api.context import CallerOf, ServicesOf, WorkspaceOf
from rhapsode.api.event_models import Event, project_events, workspace_events
from rhapsode.api.event_stream import EventStream, Listeners
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.refusals import refused
from rhapsode.api.watching import Read, V, Watches
from rhapsode.rendering.watching import ProjectReader, WorkspaceReader
from rhapsode.studio.ids import ProjectId

router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)
_LISTENERS = Listeners()


def _events(description: str) -> dict[int | str, dict[str, Any]]:
    content = {EventSourceResponse.media_type: {"schema": {"type": "string"}}}
    return {200: {"description": description, "content": content}}


@router.get(
    "/rhapsode/v1/studio/projects/{project_id}/events",
    summary="Follow a project",
    response_class=Response,
    responses=_events("Events `progress`, `blocks` and `ended`, the data of each one line of JSON."),
)
async def follow_project(
    request: Request, project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf, caller: CallerOf
) -> Response:
    """Server-sent events: first how the project is, then every change of it, whoever makes it.

    `progress` has the state, how much is made and how long the rest may take, with all chapters at first and
    afterwards those that have changed, by an edit too. `blocks` has blocks of a chapter that can be heard now and
    couldn't before, at first all those of chapters that are being converted. `ended` says how a conversion has ended.
    A comment comes every 15 seconds. The stream ends with the session or the key that it began with, when the server
    ends, and after an hour; who comes back is told first how it is then.
    """

    def new_read() -> Read[Any]:
        return ProjectReader(services.records, workspace_id, project_id).read

    return await _followed(request, caller, f"project/{project_id}", new_read, project_events)


@router.get(
    "/rhapsode/v1/events",
    summary="Follow all projects",
    response_class=Response,
    responses=_events("Events `project`, the data of each one line of JSON."),
)
async def follow_workspace(
    request: Request, services: ServicesOf, workspace_id: WorkspaceOf, caller: CallerOf
) -> Response:
    """Server-sent events: first each project of the workspace, then those that come, change their state or go.

    They begin and end like those of one project.
    """

    def new_read() -> Read[Any]:
        return WorkspaceReader(services.records, workspace_id).read

    return await _followed(request, caller, "projects", new_read, workspace_events)


async def _followed(
    request: Request,
    caller: Caller,
    what: str,
    new_read: Callable[[], Read[V]],
    tell: Callable[[V | None, V], Iterator[Event]],
) -> Response:
    refusal = _LISTENERS.find_refusal(caller)
    if refusal is not None:
        return refused(refusal, request)
    watches = cast("Watches", request.app.state.watches)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(_LISTENERS.one_more(caller))
        watch = await stack.enter_async_context(watches.watch(caller.workspace_id, what, new_read))
        return EventStream(request, watch, tell, stack.pop_all())
