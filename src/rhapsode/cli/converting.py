"""Convert a project and show how it goes; Ctrl-C stops it and keeps what is finished."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.progress import BarColumn, TaskID, TextColumn

from rhapsode.app import App
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.cli.console import errors, in_words, progress_bar, working
from rhapsode.cli.stopping import StopRequest, interrupt, on_stop_signals
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering.conversions import Progress as ConversionProgress
from rhapsode.storage import conversions, snapshots
from rhapsode.studio.errors import ConversionFailed
from rhapsode.studio.ids import ConversionId, ProjectId, ProjectSnapshotId, WorkspaceId

_POLL_S = 0.1
_SLOTS_PER_PROCESS = 2
_AT_ONCE_SLICES = 3
"""Starting and ending the job engine takes three seconds, in which so much is rendered without it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A conversion that has succeeded. spoken_segments: those that were spoken for it, in all its runs."""

    project_snapshot_id: ProjectSnapshotId
    chapter_count: int
    audio_s: float
    spoken_segments: int


def convert(app: App, workspace_id: WorkspaceId, project_id: ProjectId) -> Converted:
    """Convert a project as it is now, beginning with what an earlier run has left.

    Raises: ConversionFailed; InvalidInput; KeyboardInterrupt, when it was stopped: finished work is kept.
    """
    requested = app.rendering.request_conversion(workspace_id, project_id)
    for language in sorted(requested.unspoken_languages):
        errors.print(f"No voice here speaks '{language}': such passages are read as the book's language.")
    _cancel_others(app, workspace_id, requested.conversion_id)
    if requested.slice_count > _AT_ONCE_SLICES:
        _convert_with_runner(app, workspace_id, requested.conversion_id)
    else:
        _convert_here(app, workspace_id, requested.conversion_id)
    return _converted(app, workspace_id, requested.conversion_id)


@contextlib.contextmanager
def _cancelled_by_interrupt(
    app: App, workspace_id: WorkspaceId, conversion_id: ConversionId
) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        errors.print("Stopping: finished passages are kept, and the same command goes on from there.")
        app.rendering.cancel_conversion(workspace_id, conversion_id)
        raise


def _cancel_others(app: App, workspace_id: WorkspaceId, wanted: ConversionId) -> None:
    """Somebody who asks for this book now doesn't wait for one that was stopped; its segments are kept."""
    for conversion in app.rendering.list_unfinished(workspace_id):
        if conversion.conversion_id != wanted:
            app.rendering.cancel_conversion(workspace_id, conversion.conversion_id)


def _convert_here(app: App, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
    with (
        on_stop_signals(interrupt),
        _cancelled_by_interrupt(app, workspace_id, conversion_id),
        working("Narrating …"),
    ):
        convert_at_once(app.rendering, workspace_id, conversion_id)


def _convert_with_runner(app: App, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
    stop = StopRequest()
    with on_stop_signals(stop.note):
        app.pool.warm_up()
        # Importing the job engine takes a second, which smaller work need not wait for.
        from rhapsode.jobs.dbos_runner import DbosRunner

        runner = DbosRunner(app.directory.jobs_path, slots=_SLOTS_PER_PROCESS * app.pool.process_count)
        try:
            with _cancelled_by_interrupt(app, workspace_id, conversion_id):
                runner.start(app.rendering, [(workspace_id, conversion_id)])
                _watch(app, workspace_id, conversion_id, runner.find_failure, stop)
        finally:
            runner.stop()


def _watch(
    app: App,
    workspace_id: WorkspaceId,
    conversion_id: ConversionId,
    find_failure: Callable[[ConversionId], str | None],
    stop: StopRequest,
) -> None:
    with _ProgressBar() as bar:
        while True:
            progress = app.rendering.get_progress(workspace_id, conversion_id)
            bar.show(progress)
            # A full disk may keep the records from saying that the conversion has failed.
            failure = find_failure(conversion_id)
            if failure is not None:
                raise ConversionFailed(failure)
            if progress.state != "converting":
                return
            stop.raise_if_asked()
            time.sleep(_POLL_S)


class _ProgressBar:
    """Chapters, audio made, times real time and time left, on standard error."""

    def __init__(self) -> None:
        self._started_at_s = time.monotonic()
        self._audio_before_s: float | None = None
        self._bar = progress_bar(
            TextColumn("Narrating"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.description}"),
        )
        self._task: TaskID = self._bar.add_task("starting …", total=None)

    def __enter__(self) -> "_ProgressBar":
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def show(self, progress: ConversionProgress) -> None:
        """Draw one state of the conversion."""
        if progress.segments_wanted:
            self._bar.update(
                self._task,
                completed=progress.segments_done,
                total=progress.segments_wanted,
                description=self._describe(progress),
            )

    def _describe(self, progress: ConversionProgress) -> str:
        if self._audio_before_s is None:
            self._audio_before_s = progress.audio_s
        elapsed_s = time.monotonic() - self._started_at_s
        times_real = (progress.audio_s - self._audio_before_s) / max(elapsed_s, 0.1)
        words = [
            f"chapter {progress.chapters_done} of {progress.chapters_wanted}",
            f"{in_words(progress.audio_s)} of audio",
            f"{times_real:,.0f}× real time",
        ]
        if progress.segments_done and times_real > 0:
            whole_s = progress.audio_s * progress.segments_wanted / progress.segments_done
            words.append(f"{in_words((whole_s - progress.audio_s) / times_real)} left")
        return " · ".join(words)


def _converted(app: App, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Converted:
    conversion = app.rendering.get_conversion(workspace_id, conversion_id)
    if conversion.project_snapshot_id is None:
        raise ConversionFailed(conversion.error or "The conversion was cancelled.")
    with app.records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, conversion.project_snapshot_id)
        usage = conversions.get_usage(tx, conversion_id, "speech")
    return Converted(
        project_snapshot_id=conversion.project_snapshot_id,
        chapter_count=len(snapshot.chapter_snapshot_ids),
        audio_s=snapshot.frame_count * FRAME_SAMPLES / SAMPLE_RATE_HZ,
        spoken_segments=usage.segment_count,
    )
