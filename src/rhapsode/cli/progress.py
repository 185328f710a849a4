"""Show how a conversion goes, and what is said when it is stopped."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator

from rich.progress import BarColumn, TaskID, TextColumn

from rhapsode.cli.console import errors, in_words, progress_bar
from rhapsode.cli.stopping import Stopped, StopRequest
from rhapsode.rendering.conversions import Progress

_FIRST_LOOKS_S = 3.0
_LOOK_S = 0.1
_LATER_LOOK_S = 1.0
"""Every look at a long conversion costs what a short passage does."""

_UNFINISHED = ("in_queue", "converting")


def watch(
    get_progress: Callable[[], Progress], stop: StopRequest, wait: Callable[[float], object] = time.sleep
) -> None:
    """Draw a conversion's progress until it has ended.

    wait: for so many seconds, or until it may have ended.
    Raises: KeyboardInterrupt, when asked to stop; Stopped, when its time is up; what `get_progress` raises.
    """
    first_looks_end_s = time.monotonic() + _FIRST_LOOKS_S
    with _ProgressBar() as bar:
        while (progress := get_progress()).state in _UNFINISHED:
            bar.show(progress)
            stop.raise_if_asked()
            wait(_LOOK_S if time.monotonic() < first_looks_end_s else _LATER_LOOK_S)
        bar.show(progress)
        # Asked at the last moment: a batch would begin its next book.
        stop.raise_if_interrupted()


@contextlib.contextmanager
def cancelled_by_interrupt(cancel: Callable[[], object]) -> Iterator[None]:
    """Cancel the conversion that is waited for within when Ctrl-C, or the end of its time, breaks the waiting off."""
    try:
        yield
    except Stopped:
        cancel()
        raise
    except KeyboardInterrupt:
        errors.print("Stopping: finished passages are kept, and the same command goes on from there.")
        cancel()
        raise


def print_unspoken(languages: Iterable[str]) -> None:
    """Name the languages of passages that no voice speaks."""
    for language in sorted(languages):
        errors.print(f"No voice here speaks '{language}': such passages are read as the book's language.")


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

    def show(self, progress: Progress) -> None:
        """Draw one state of the conversion."""
        if progress.segments_wanted:
            self._bar.update(
                self._task,
                completed=progress.segments_done,
                total=progress.segments_wanted,
                description=self._describe(progress),
            )

    def _describe(self, progress: Progress) -> str:
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
