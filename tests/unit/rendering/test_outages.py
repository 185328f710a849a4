"""Conversions whose engine is away: they wait, others don't, and patience has an end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from structlog.testing import capture_logs
from tests.factories import (
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
)
from tests.waiting import wait_until

from rhapsode.jobs.conversions import ConversionDismissed, ConversionEnded, convert_at_once
from rhapsode.rendering.attempts import attempted
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.outages import Outages
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import EngineFailed, EngineUnavailable, ObjectStoreFailed, RecordsUnavailable
from rhapsode.studio.ids import ConversionId, WorkspaceId

WAIT_S = 20
BOOK = make_document(make_document_chapter("One.", "Two.", "Three."))
AWAY = "The engine far at http://127.0.0.1:9 can't be used: it was refused."
ONE = ConversionId("one")


class Line(ThisProcess):
    """A pool whose engine is on another machine: away for so many jobs, or until it is back."""

    def __init__(self) -> None:
        super().__init__(1)
        self.is_up = True
        self.asked = 0
        self.trouble: Exception = EngineUnavailable(AWAY)

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """See `RenderPool.render`."""
        self.asked += 1
        if not self.is_up:
            check()
            raise self.trouble
        return super().render(job, check)


@contextmanager
def studio_of(root: Path, line: Line, patience_s: float) -> Iterator[Studio]:
    studio = Studio(root, line)
    studio.rendering = Rendering(studio.records, studio.blobs, line, engine_patience_s=patience_s)
    try:
        yield studio
    finally:
        studio.records.close()


@contextmanager
def converting(studio: Studio, requested: RequestedConversion) -> Iterator[threading.Thread]:
    """A conversion that runs in a thread of its own, as in a server."""
    arguments = studio.rendering, studio.workspace_id, requested.conversion_id
    thread = threading.Thread(target=convert_at_once, args=arguments)
    thread.start()
    yield thread
    thread.join(WAIT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize("trouble", [EngineUnavailable(AWAY), ObjectStoreFailed("The store refuses.")])
def test_a_conversion_goes_on_when_what_it_needs_is_back(tmp_path: Path, trouble: Exception) -> None:
    """It waits and asks again; meanwhile it converts, and its end is a snapshot."""
    line = Line()
    line.trouble = trouble
    with studio_of(tmp_path, line, patience_s=WAIT_S) as studio:
        requested = studio.request(BOOK)
        line.is_up = False
        with converting(studio, requested):
            wait_until(lambda: line.asked >= 2)
            running = studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id)
            assert running.state == "converting"
            line.is_up = True
        ended = studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id)
        assert ended.state == "succeeded"


class LosingRecords(Records):
    """Records that lose the answers to the next commits, of which those are kept that `keeps` has, in turn."""

    keeps: ClassVar[list[bool]] = []

    @contextmanager
    def write(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """See Records."""
        with super().write(workspace_id) as tx:
            yield tx
            if self.keeps and not self.keeps[0]:
                self._lose()
        if self.keeps:
            self._lose()

    def _lose(self) -> None:
        self.keeps.pop(0)
        msg = "The database can't be reached."
        raise RecordsUnavailable(msg)


@pytest.mark.parametrize("keeps", [[False, False], [True], [False, True, False]])
def test_what_was_made_is_kept_until_the_records_have_it(tmp_path: Path, keeps: list[bool]) -> None:
    """Whether or not the commit is there whose answer was lost: made once, and counted once."""
    line = Line()
    with studio_of(tmp_path, line, patience_s=WAIT_S) as studio:
        requested = studio.request(BOOK)
        losing = LosingRecords.open_sqlite(tmp_path / "records.sqlite3")
        rendering = Rendering(losing, studio.blobs, line)
        ids = studio.workspace_id, requested.conversion_id
        (piece,) = rendering.list_slices(*ids)
        LosingRecords.keeps[:] = keeps
        rendering.render_slice(*ids, piece.ordinal)
        losing.close()
        assert (LosingRecords.keeps, line.asked) == ([], 1)
        studio.run(requested)
        assert studio.count_spoken(requested) == 3


def test_who_waits_for_too_long_fails_and_says_why(tmp_path: Path) -> None:
    """With the engine, its address and the reason; the next conversion makes what is missing."""
    line = Line()
    with studio_of(tmp_path, line, patience_s=0.3) as studio:
        requested = studio.request(BOOK)
        line.is_up = False
        with converting(studio, requested):
            pass
        ended = studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id)
        assert ended.state == "failed"
        assert ended.error is not None
        assert ended.error.startswith(AWAY)
        assert "for 0.3 s" in ended.error
        line.is_up = True
        studio.convert(BOOK)


def test_a_conversion_that_waits_is_cancelled_at_once(tmp_path: Path) -> None:
    """However long its pause would be."""
    line = Line()
    with studio_of(tmp_path, line, patience_s=600) as studio:
        requested = studio.request(BOOK)
        line.is_up = False
        with converting(studio, requested) as thread:
            wait_until(lambda: line.asked >= 1)
            assert studio.rendering.cancel_conversion(studio.workspace_id, requested.conversion_id)
            cancelled_at_s = time.monotonic()
            thread.join(WAIT_S)
            assert time.monotonic() - cancelled_at_s < 10


def test_a_conversion_that_waits_is_dismissed_and_goes_on_later(tmp_path: Path) -> None:
    """A server that stops waits for no engine; after the next start the slice is rendered."""
    line = Line()
    with studio_of(tmp_path, line, patience_s=600) as studio:
        requested = studio.request(BOOK)
        line.is_up = False
        (piece,) = studio.rendering.list_slices(studio.workspace_id, requested.conversion_id)
        told: list[BaseException] = []

        def render() -> None:
            try:
                studio.rendering.render_slice(studio.workspace_id, requested.conversion_id, piece.ordinal)
            except ConversionDismissed as error:
                told.append(error)

        thread = threading.Thread(target=render)
        thread.start()
        wait_until(lambda: line.asked >= 1)
        while thread.is_alive():
            studio.rendering.dismiss()
            thread.join(0.01)
        assert len(told) == 1
        line.is_up = True
        studio.run(requested)


def test_a_slice_that_waits_is_nobodys(tmp_path: Path) -> None:
    """Who listens finds out at once that the engine is away, and waits for no slice."""
    line = Line()
    with studio_of(tmp_path, line, patience_s=600) as studio:
        requested = studio.request(BOOK)
        line.is_up = False
        ids = studio.workspace_id, requested.conversion_id
        with converting(studio, requested):
            wait_until(lambda: line.asked >= 1)
            with pytest.raises(EngineUnavailable):
                studio.rendering.render_ahead(*ids, 0, lambda missing: missing, waits=True)
            studio.rendering.cancel_conversion(*ids)
        with pytest.raises(ConversionEnded):
            studio.rendering.render_slice(*ids, 0)


@contextmanager
def dismissing(outages: Outages) -> Iterator[None]:
    """Dismiss everybody, again and again, as a server does that stops."""
    is_over = threading.Event()

    def dismiss() -> None:
        while not is_over.wait(0.01):
            outages.dismiss()

    thread = threading.Thread(target=dismiss)
    thread.start()
    yield
    is_over.set()
    thread.join()


@pytest.mark.parametrize(
    ("gone_s", "pause_s"), [(0, 0.5), (0.5, 0.5), (10, 5), (100, 50), (300, 60), (590, 10)]
)
def test_pauses_grow_with_the_outage(gone_s: float, pause_s: float) -> None:
    """From half a second to a minute, and never beyond the end of patience."""
    moments_s = iter([0.0, gone_s])
    outages = Outages(600, clock_s=lambda: next(moments_s))
    with capture_logs() as logs:
        for _ in range(2):
            with dismissing(outages), pytest.raises(ConversionDismissed):
                outages.wait(ONE, EngineUnavailable(AWAY))
    assert [each["pause_s"] for each in logs] == [0.5, pause_s]


def test_patience_begins_anew_when_something_was_made() -> None:
    """An outage that is over is forgotten, and the next one is another."""
    now_s = 0.0
    outages = Outages(0.1, clock_s=lambda: now_s)
    outages.wait(ONE, EngineUnavailable(AWAY))
    now_s = 600.0
    outages.over(ONE)
    outages.wait(ONE, EngineUnavailable(AWAY))
    now_s = 1_200.0
    with pytest.raises(EngineUnavailable, match=r"for 0\.1 s"):
        outages.wait(ONE, EngineUnavailable(AWAY))


def test_an_engine_that_is_away_is_not_attempted_again_at_once() -> None:
    """It was asked several times where it speaks; one that died is attempted three times."""
    for error, count in ((EngineUnavailable(AWAY), 1), (EngineFailed("It died."), 3)):
        asked: list[int] = []

        def work(error: EngineFailed = error, asked: list[int] = asked) -> None:
            asked.append(1)
            raise error

        with pytest.raises(EngineFailed):
            attempted(work, event="attempt_failed")
        assert len(asked) == count
