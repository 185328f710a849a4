"""Listening to a conversion that runs or waits: what of it exists, and having the rest made before its turn."""

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ, Encoding
from rhapsode.jobs.conversions import ConversionEnded
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.plan import (
    ChapterPlan,
    PlannedPart,
    SegmentRequest,
    thaw_chapter,
    thaw_project,
    thaw_requests,
)
from rhapsode.rendering.turns import Withdrawn
from rhapsode.storage import conversions, segments, snapshots
from rhapsode.storage.conversions import Conversion, ConversionChapter, ConversionSlice
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import BlockNotFound, ConversionFailed, DataDamaged, NotFound, RhapsodeError
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    ChapterSnapshotId,
    ConversionId,
    ProjectId,
    WorkspaceId,
)
from rhapsode.studio.snapshot import SnapshotPart

_log = structlog.get_logger()

IN_HAND_S = 60.0
"""Whoever has so much still to hear isn't waiting: others get their turns. A slice is two minutes."""

_FIRST_CHARACTERS = 200
_GROWTH = 16
"""The second time is the rest of a slice: each time the place in a process is given back, and waited for again."""


@dataclass(frozen=True, slots=True)
class Listened:
    """A conversion as somebody listens to it: the chapters to hear, in order. name: of the project.

    from_block_id: of the one chapter, the block to begin with; None for its beginning.
    """

    conversion_id: ConversionId
    name: str
    encoding: Encoding
    chapters: tuple[ConversionChapter, ...]
    from_block_id: BlockId | None = None


def find_listened(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId | None = None
) -> Listened | None:
    """The oldest conversion of a project that has not ended: the one that runs, or begins next.

    chapter_id: the chapter to hear, which isn't finished yet; None for all of a project.
    Returns: None, when there is no such conversion, or the chapter is finished in it.
    """
    for conversion in conversions.list_unfinished_conversions(tx, project_id):
        chapters = conversions.list_conversion_chapters(tx, conversion.conversion_id)
        if chapter_id is None and conversion.chapter_id is None:
            return _listened(conversion, chapters)
        own = [chapter for chapter in chapters if chapter.chapter_id == chapter_id]
        if own:
            return None if own[0].chapter_snapshot_id else _listened(conversion, own)
    return None


def find_newest(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId, from_block_id: BlockId
) -> Listened | ChapterSnapshotId | None:
    """What a chapter will sound like when all that was asked for is done, from a block on.

    That is the newest conversion that has the chapter and has not ended, though others come before it; or the
    snapshot that it has of it already. None, when it isn't being converted.
    """
    for conversion in reversed(conversions.list_unfinished_conversions(tx, project_id)):
        for chapter in conversions.list_conversion_chapters(tx, conversion.conversion_id):
            if chapter.chapter_id == chapter_id:
                listened = replace(_listened(conversion, [chapter]), from_block_id=from_block_id)
                return chapter.chapter_snapshot_id or listened
    return None


def _listened(conversion: Conversion, chapters: Sequence[ConversionChapter]) -> Listened:
    plan = thaw_project(conversion.plan)
    return Listened(conversion.conversion_id, plan.name, plan.encoding, tuple(chapters))


P = TypeVar("P", PlannedPart, SnapshotPart)


def parts_from(parts: Sequence[P], block_id: BlockId) -> Sequence[P]:
    """The parts of a chapter from a block on. Raises: BlockNotFound, when none of them is of the block."""
    for place, part in enumerate(parts):
        if part.block_id == block_id:
            return parts[place:]
    msg = f"Nothing is heard of the block {block_id} in this audio. Convert the chapter again."
    raise BlockNotFound(msg)


def list_segment_keys(tx: Transaction, listened: Listened, chapter: ConversionChapter) -> list[bytes]:
    """The keys of a chapter's segments, in order.

    Raises: ConversionFailed, when it isn't finished and never will be; BlockNotFound.
    """
    return [part.segment_key for part in list_parts(tx, listened, chapter)]


def list_parts(
    tx: Transaction, listened: Listened, chapter: ConversionChapter
) -> Sequence[PlannedPart | SnapshotPart]:
    """What a chapter's audio consists of, from the block on that it begins with. Raises: as `list_segment_keys`."""
    block_id = listened.from_block_id
    plan = _find_plan(tx, listened, chapter)
    if plan is not None:
        return plan.parts if block_id is None else parts_from(plan.parts, block_id)
    # Nothing of it was to be made, or the conversion has ended and its plans are gone.
    snapshot_id = snapshots.find_chapter_snapshot(tx, chapter.chapter_id, chapter.plan_digest)
    if snapshot_id is None:
        raise _broken_off(tx, listened.conversion_id)
    parts = snapshots.get_parts(tx, snapshot_id)
    return parts if block_id is None else parts_from(parts, block_id)


def _find_plan(tx: Transaction, listened: Listened, chapter: ConversionChapter) -> ChapterPlan | None:
    try:
        frozen = conversions.get_conversion_chapter(tx, listened.conversion_id, chapter.ordinal).plan
    except NotFound:
        return None
    return None if frozen is None else thaw_chapter(frozen)


def find_made(
    tx: Transaction, listened: Listened, chapter: ConversionChapter, keys: Iterable[bytes]
) -> dict[bytes, StoredSegment]:
    """Those of a chapter's segments that exist.

    Raises: ConversionFailed, when the chapter isn't finished and never will be; DataDamaged, when it is, and one of
    them doesn't exist.
    """
    found = segments.find_segments(tx, keys)
    if conversions.get_conversion(tx, listened.conversion_id).finished_at_ms is None:
        return found
    if snapshots.find_chapter_snapshot(tx, chapter.chapter_id, chapter.plan_digest) is None:
        raise _broken_off(tx, listened.conversion_id)
    if not found.keys() >= {*keys}:
        msg = "A segment of a chapter that was converted is missing. Convert it again."
        raise DataDamaged(msg)
    return found


def _broken_off(tx: Transaction, conversion_id: ConversionId) -> ConversionFailed:
    error = conversions.get_conversion(tx, conversion_id).error
    return ConversionFailed(error or "The conversion was cancelled before this chapter was finished.")


class Listening:
    """Has made what somebody listens for, before its turn, in threads of its own."""

    def __init__(self, records: Records, rendering: Rendering, *, thread_count: int) -> None:
        self._records = records
        self._rendering = rendering
        self._threads = ThreadPoolExecutor(thread_count, thread_name_prefix="listening")

    def listener(self, workspace_id: WorkspaceId, listened: Listened) -> "Listener":
        """For one who begins to listen."""

        def make(chapter: ConversionChapter, keys: Sequence[bytes], asked: set[int]) -> None:
            self._make_next(workspace_id, listened.conversion_id, chapter, keys, asked)

        return Listener(lambda *arguments: self._threads.submit(make, *arguments))

    def told(
        self, conversion_id: ConversionId, hear: Callable[[], None]
    ) -> contextlib.AbstractContextManager[None]:
        """See `News.told`."""
        return self._rendering.news.told(conversion_id, hear)

    def stop(self) -> None:
        """Begin nothing more, and wait for what is being made."""
        self._threads.shutdown(cancel_futures=True)

    def _make_next(
        self,
        workspace_id: WorkspaceId,
        conversion_id: ConversionId,
        chapter: ConversionChapter,
        keys: Sequence[bytes],
        asked: set[int],
    ) -> None:
        """Make what is missing of the slice with the first of the keys; nothing of it twice for one listener."""
        try:
            with self._records.read(workspace_id) as tx:
                piece = _find_slice(tx, conversion_id, chapter.ordinal, keys[0])
            if piece is None or piece.ordinal in asked:
                return
            asked.add(piece.ordinal)
            # What an earlier chapter has too is a pause, or a line or two: no reason to wait for all of its slice.
            waits = piece.chapter_ordinal == chapter.ordinal
            choose = growing(frozenset(keys))
            self._rendering.render_ahead(workspace_id, conversion_id, piece.ordinal, choose, waits=waits)
        except (ConversionEnded, Withdrawn, NotFound):
            return
        except RhapsodeError as error:
            # The conversion itself comes upon it too, and says so.
            _log.warning("listening.not_made_ahead", conversion_id=conversion_id, error=str(error))


class Listener:
    """One who listens. For one thread at a time.

    make: has a thread make what comes next, as soon as one is free.
    """

    def __init__(
        self, make: Callable[..., Future[None]], *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._clock_s = clock_s
        self._asked: set[int] = set()
        self._making: Future[None] | None = None
        self._heard_up_at_s = clock_s()

    def gets(self, frame_count: int) -> None:
        """Note that so many frames were sent: they last as long as they sound, after what was sent before."""
        duration_s = frame_count * FRAME_SAMPLES / SAMPLE_RATE_HZ
        self._heard_up_at_s = max(self._heard_up_at_s, self._clock_s()) + duration_s

    def misses(self, chapter: ConversionChapter, keys: Sequence[bytes]) -> None:
        """Have made what comes next, if there is little left to hear. keys: of the rest of the chapter."""
        if self._has_thread() and self._heard_up_at_s - self._clock_s() < IN_HAND_S:
            self._making = self._make(chapter, keys, self._asked)

    def _has_thread(self) -> bool:
        """Whether what was asked for last has begun: who asks again and again must not fill the threads' queue."""
        return self._making is None or self._making.running() or self._making.done()


def _find_slice(
    tx: Transaction, conversion_id: ConversionId, chapter_ordinal: int, key: bytes
) -> ConversionSlice | None:
    """The slice that makes a segment; None where nobody does.

    Most are in a slice of their chapter; what occurred before, such as a pause, is in the one where it is first.
    """
    own = conversions.iterate_chapter_slices(tx, conversion_id, chapter_ordinal)
    return _find_with(own, key) or _find_with(conversions.iterate_slices(tx, conversion_id), key)


def _find_with(slices: Iterable[ConversionSlice], key: bytes) -> ConversionSlice | None:
    return next(
        (
            piece
            for piece in slices
            if any(request.segment_key == key for request in thaw_requests(piece.requests))
        ),
        None,
    )


def growing(wanted: Collection[bytes]) -> Callable[[Sequence[SegmentRequest]], Sequence[SegmentRequest]]:
    """What to make next of a slice: of what is wanted, a sentence or two, then about all the rest.

    So somebody hears the beginning of a slice long before its end is made.
    """
    limit = _FIRST_CHARACTERS

    def choose(missing: Sequence[SegmentRequest]) -> Sequence[SegmentRequest]:
        nonlocal limit
        chosen = _first_characters([each for each in missing if each.segment_key in wanted], limit)
        limit *= _GROWTH
        return chosen

    return choose


def _first_characters(requests: Sequence[SegmentRequest], limit: int) -> Sequence[SegmentRequest]:
    """At least one of the requests, if there are any, and as many as have so many characters."""
    count, characters = 0, 0
    for request in requests:
        characters += request.character_count
        if count and characters > limit:
            break
        count += 1
    return requests[:count]
