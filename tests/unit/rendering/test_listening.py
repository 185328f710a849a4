"""What is listened to is made first, a little at a time, and nothing of it twice."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.factories import (
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.rendering.claims import Claims
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.listening import IN_HAND_S, Listened, Listener, Listening, find_listened, growing
from rhapsode.rendering.plan import SegmentRequest, thaw_chapter
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.storage import conversions, segments
from rhapsode.storage.conversions import ConversionChapter
from rhapsode.storage.news import News
from rhapsode.studio.ids import ConversionId

pytestmark = pytest.mark.slow

LONG = "The tide came in, and nobody stood on the quay. " * 2
BOOK = make_document(
    *(
        make_document_chapter(*(f"Day {number}, hour {hour}. {LONG}" for hour in range(4)), name=str(number))
        for number in range(3)
    )
)
CONVERSION = ConversionId("conversion")
CHAPTER = ConversionChapter(0, BOOK.chapters[0].name, b"", None, None)  # type: ignore[arg-type]


class Watched(ThisProcess):
    """A pool that remembers how many segments each job has."""

    def __init__(self) -> None:
        super().__init__(1)
        self.made: list[int] = []

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """See `RenderPool.render`."""
        self.made.append(len(job.requests))
        return super().render(job, check)


@pytest.fixture
def pool() -> Watched:
    return Watched()


@pytest.fixture
def studio(tmp_path: Path, pool: Watched) -> Iterator[Studio]:
    with open_studio(tmp_path, pool) as studio:
        yield studio


def keys_of(studio: Studio, requested: RequestedConversion, ordinal: int) -> list[bytes]:
    """Of all segments of a chapter."""
    with studio.records.read(WORKSPACE) as tx:
        chapter = conversions.get_conversion_chapter(tx, requested.conversion_id, ordinal)
    assert chapter.plan is not None
    return [*thaw_chapter(chapter.plan).audio_keys]


def existing(studio: Studio, keys: list[bytes]) -> set[bytes]:
    with studio.records.read(WORKSPACE) as tx:
        return {*segments.find_segments(tx, keys)}


def listened_to(studio: Studio, requested: RequestedConversion) -> Listened:
    project_id = studio.rendering.get_conversion(WORKSPACE, requested.conversion_id).project_id
    with studio.records.read(WORKSPACE) as tx:
        found = find_listened(tx, project_id)
    assert found is not None
    return found


def test_what_comes_next_is_made_ahead(studio: Studio, pool: Watched) -> None:
    """Of the last chapter, before anything of the others but their pauses; first little, and no segment twice."""
    requested = studio.request(BOOK)
    listened = listened_to(studio, requested)
    listening = Listening(studio.records, studio.rendering, thread_count=1)
    listener = listening.listener(WORKSPACE, listened)
    last = listened.chapters[-1]
    keys = keys_of(studio, requested, last.ordinal)
    missing = keys
    while missing:
        listener.misses(last, missing)
        listening_is_idle(listening)
        missing = [key for key in keys if key not in existing(studio, keys)]
    listening.stop()
    pauses, first, rest = pool.made
    assert pauses + first + rest == len({*keys})
    assert first < rest
    assert not existing(studio, keys_of(studio, requested, 0)) - {*keys}
    studio.run(requested)
    assert sum(pool.made) == sum(map(len, [{*all_keys(studio)}]))


def all_keys(studio: Studio) -> list[bytes]:
    """Of all audio there is."""
    with studio.records.read(WORKSPACE) as tx:
        return [
            row.key for row in tx.connection.exec_driver_sql("SELECT key FROM segments WHERE kind = 'audio'")
        ]


def listening_is_idle(listening: Listening) -> None:
    """Wait for all that was asked for until now."""
    listening._threads.submit(lambda: None).result()


def test_whoever_has_enough_in_hand_asks_for_nothing() -> None:
    """Until it is nearly heard up; time that passed without anything to hear isn't made up for."""
    now_s, asked = 0.0, 0

    def make(*_: object) -> Future[None]:
        nonlocal asked
        asked += 1
        return done()

    listener = Listener(make, clock_s=lambda: now_s)
    listener.misses(CHAPTER, [b"key"])
    assert asked == 1
    now_s = 1000.0
    listener.gets(int((IN_HAND_S + 10) * 44_100 / 1152))
    listener.misses(CHAPTER, [b"key"])
    assert asked == 1
    now_s += 11
    listener.misses(CHAPTER, [b"key"])
    assert asked == 2


def done() -> Future[None]:
    """Something that was made at once."""
    future: Future[None] = Future()
    future.set_result(None)
    return future


def test_what_was_asked_for_has_to_begin_before_more_is_asked_for() -> None:
    """All threads may be busy for as long as a slow engine speaks, and their queue must not grow meanwhile."""
    asked: list[Future[None]] = []

    def make(*_: object) -> Future[None]:
        asked.append(Future())
        return asked[-1]

    listener = Listener(make)
    for _ in range(3):
        listener.misses(CHAPTER, [b"key"])
    assert len(asked) == 1
    asked[0].set_running_or_notify_cancel()
    listener.misses(CHAPTER, [b"key"])
    assert len(asked) == 2


def test_what_cannot_be_made_ahead_is_left_to_the_conversion(studio: Studio) -> None:
    """One that has ended meanwhile, or a key that nobody makes: the thread goes on with the next."""
    requested = studio.request(BOOK)
    listened = listened_to(studio, requested)
    listening = Listening(studio.records, studio.rendering, thread_count=1)
    listener = listening.listener(WORKSPACE, listened)
    listener.misses(listened.chapters[0], [b"nobody makes this"])
    studio.rendering.cancel_conversion(WORKSPACE, requested.conversion_id)
    listener.misses(listened.chapters[0], [b"nobody makes this"])
    listening_is_idle(listening)
    listening.stop()


def request_of(number: int) -> SegmentRequest:
    return SegmentRequest(bytes([number]), "mp3_44100_128", frame_count=number)


def test_only_what_is_wanted_is_chosen() -> None:
    """At least one of it, as long as there is any."""
    choose = growing({b"\2", b"\3"})
    requests = [request_of(number) for number in (1, 2, 3)]
    assert [request.segment_key for request in choose(requests)] == [b"\2", b"\3"]
    assert choose(requests[:1]) == []


@dataclass
class Hearer:
    heard: int = 0
    news: News[ConversionId] = field(default_factory=News)

    def hear(self) -> None:
        self.heard += 1


def test_news_are_told_to_those_who_listen() -> None:
    """Of their conversion, and only as long as they listen."""
    hearer = Hearer()
    with hearer.news.told(CONVERSION, hearer.hear):
        hearer.news.tell(CONVERSION)
        hearer.news.tell(ConversionId("other"))
        with hearer.news.told(CONVERSION, hearer.hear):
            hearer.news.tell(CONVERSION)
    hearer.news.tell(CONVERSION)
    assert hearer.heard == 3


def test_every_commit_is_news(studio: Studio) -> None:
    """And so is the end."""
    requested = studio.request(BOOK)
    hearer = Hearer()
    with studio.rendering.news.told(requested.conversion_id, hearer.hear):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, 0)
        after_slice = hearer.heard
        studio.rendering.cancel_conversion(WORKSPACE, requested.conversion_id)
    assert 0 < after_slice < hearer.heard


def test_one_holds_a_slice_at_a_time() -> None:
    """The next one gets it afterwards; another slice is free meanwhile, and nothing is remembered."""
    claims, order = Claims(), []
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with claims.hold(CONVERSION, 1):
            inside.set()
            leave.wait(10)
            order.append("first")

    def wait() -> None:
        with claims.hold(CONVERSION, 1):
            order.append("second")

    threads = [threading.Thread(target=hold), threading.Thread(target=wait)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    with claims.hold(CONVERSION, 2):
        order.append("other")
    leave.set()
    for thread in threads:
        thread.join()
    assert order == ["other", "first", "second"]
    assert not claims._claims
