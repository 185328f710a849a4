"""Convert a project in this process; Ctrl-C stops it and keeps what is finished."""

import contextlib
import threading
from collections.abc import Callable

from rhapsode.app import App
from rhapsode.cli.console import working
from rhapsode.cli.progress import cancelled_by_interrupt, print_unspoken, watch
from rhapsode.cli.stopping import StopRequest, never, on_stop_signals, raise_if_interrupted
from rhapsode.jobs.conversions import ConversionRunner, convert_at_once
from rhapsode.rendering.conversions import Progress
from rhapsode.rendering.refresh import Refresh
from rhapsode.rendering.results import Converted, get_converted
from rhapsode.storage import projects
from rhapsode.studio.errors import ConversionFailed, StorageFull
from rhapsode.studio.ids import ConversionId, ProjectId, WorkspaceId


def convert(
    app: App,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    *,
    refresh: Refresh | None = None,
    is_over: Callable[[], bool] = never,
) -> Converted:
    """Convert a project as it is now, beginning with what an earlier run has left.

    refresh: what is spoken again where an older version has spoken it; None for nothing.
    is_over: whether the time for it is up, which what takes but a moment doesn't ask.
    Raises: ConversionFailed; InvalidInput; KeyboardInterrupt and Stopped, when it was stopped: finished work is kept.
    """
    raise_if_interrupted()
    requested = app.rendering.request_conversion(workspace_id, project_id, needs_text=True, refresh=refresh)
    print_unspoken(requested.unspoken_languages)
    _cancel_others(app, workspace_id, requested.conversion_id)
    if requested.slice_count > 1:
        _convert_with_runner(app, workspace_id, requested.conversion_id, is_over)
    else:
        _convert_here(app, workspace_id, requested.conversion_id)
    return get_converted(app.records, workspace_id, requested.conversion_id)


def _cancel_others(app: App, workspace_id: WorkspaceId, wanted: ConversionId) -> None:
    """Somebody who asks for this book now doesn't wait for one that was stopped; its segments are kept.

    What clients of a server have asked for stays, and goes on when there is a server again.
    """
    for conversion in app.rendering.list_unfinished(workspace_id):
        if conversion.conversion_id != wanted and _is_of_a_command(app, workspace_id, conversion.project_id):
            app.rendering.cancel_conversion(workspace_id, conversion.conversion_id)


def _is_of_a_command(app: App, workspace_id: WorkspaceId, project_id: ProjectId) -> bool:
    with app.records.read(workspace_id) as tx:
        return projects.get_project(tx, project_id).origin is not None


def _convert_here(app: App, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
    with (
        cancelled_by_interrupt(lambda: app.rendering.cancel_conversion(workspace_id, conversion_id)),
        working("Narrating …"),
    ):
        raise_if_interrupted()
        convert_at_once(app.rendering, workspace_id, conversion_id)


def _convert_with_runner(
    app: App, workspace_id: WorkspaceId, conversion_id: ConversionId, is_over: Callable[[], bool]
) -> None:
    stop, ended = StopRequest(is_over), threading.Event()
    app.rendering.when_ended(ended.set)
    with on_stop_signals(stop.note):
        app.pool.warm_up()
        runner = app.new_command_runner()
        try:
            with cancelled_by_interrupt(lambda: app.rendering.cancel_conversion(workspace_id, conversion_id)):
                runner.start(app.rendering, [(workspace_id, conversion_id)])
                watch(lambda: _progress(app, workspace_id, conversion_id, runner), stop, ended.wait)
        finally:
            runner.stop()


def _progress(
    app: App, workspace_id: WorkspaceId, conversion_id: ConversionId, runner: ConversionRunner
) -> Progress:
    # A full disk may keep the records from saying that the conversion has failed.
    failure = runner.find_failure(conversion_id)
    if failure is not None:
        # The runner is stopped next, and may not have said it yet. On a full disk it can't be said.
        with contextlib.suppress(StorageFull):
            app.rendering.fail(workspace_id, conversion_id, failure)
        raise ConversionFailed(failure)
    return app.rendering.get_progress(workspace_id, conversion_id)
