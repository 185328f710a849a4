"""Listening to a conversion while it runs."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tests.acceptance.decoding import decode
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.live import iterate_live
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering import plan
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.listening import Listened, Listener, find_listened
from rhapsode.studio.document import Document
from rhapsode.studio.errors import ConversionFailed
from rhapsode.studio.ids import ChapterId
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow

BOOK = make_document(
    make_document_chapter("The tide came in.", "Nobody stood on the quay.", "It stayed.", name="One"),
    make_document_chapter("Then it fell.", "They all went home.", name="Two"),
)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    # A paragraph is a slice here, so that a test need not make minutes of sound.
    monkeypatch.setattr(plan, "SLICE_COST_CHARACTERS", 10)
    with open_studio(tmp_path) as studio:
        yield studio


def listen(studio: Studio, chapter_id: ChapterId | None = None) -> tuple[Listened, Iterator[bytes | None]]:
    """What is listened to, and its blocks; nothing is made for it."""
    requested = studio.rendering.list_unfinished(WORKSPACE)[0]
    with studio.records.read(WORKSPACE) as tx:
        listened = find_listened(tx, requested.project_id, chapter_id)
    assert listened is not None
    listener = Listener(lambda *_: Future())
    return listened, iterate_live(studio.records, studio.blobs, WORKSPACE, listened, listener)


def available(blocks: Iterator[bytes | None]) -> bytes:
    """All that can be heard now."""
    return b"".join(iter(lambda: next(blocks, None) or b"", b""))


def slices(studio: Studio, requested: RequestedConversion) -> list[int]:
    return [piece.ordinal for piece in studio.rendering.list_slices(WORKSPACE, requested.conversion_id)]


def sounds(content: bytes) -> NDArray[np.float64]:
    return np.asarray(soundfile.read(io.BytesIO(content))[0], np.float64)


def streams(studio: Studio, chapters: int, document: Document = BOOK) -> list[bytes]:
    """The segments of each chapter's file, without its head."""
    snapshot = studio.project_snapshot(studio.convert(document))
    found = []
    for chapter in studio.chapter_snapshots(snapshot.project_snapshot_id):
        content = studio.chapter_bytes(chapter.chapter_snapshot_id)
        found.append(content[-chapter.stream_bytes :])
    assert len(found) == chapters
    return found


def test_segments_are_heard_as_soon_as_they_exist(studio: Studio) -> None:
    """Slice by slice, in order, nothing twice; together they are what the files will have."""
    requested = studio.request(BOOK)
    _, blocks = listen(studio)
    assert next(blocks) is None
    heard = []
    for ordinal in slices(studio, requested):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
        heard.append(available(blocks))
    assert len(heard) == 5
    assert all(heard)
    assert list(blocks) == []
    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    assert b"".join(heard) == b"".join(streams(studio, 2))


def test_what_comes_later_waits_for_what_comes_first(studio: Studio) -> None:
    """Segments behind one that is missing aren't sent."""
    requested = studio.request(BOOK)
    _, blocks = listen(studio)
    first, *others = slices(studio, requested)
    for ordinal in others:
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    assert available(blocks) == b""
    studio.rendering.render_slice(WORKSPACE, requested.conversion_id, first)
    assert available(blocks)


def test_one_chapter_is_heard_alone(studio: Studio) -> None:
    """The second, while the first isn't made; it decodes without a complaint, with LAME's delay at its ends."""
    requested = studio.request(BOOK)
    with studio.records.read(WORKSPACE) as tx:
        project_id = studio.rendering.get_conversion(WORKSPACE, requested.conversion_id).project_id
        everything = find_listened(tx, project_id)
    assert everything is not None
    listened, blocks = listen(studio, everything.chapters[1].chapter_id)
    assert [chapter.ordinal for chapter in listened.chapters] == [1]
    for ordinal in slices(studio, requested):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    content = available(blocks)
    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)
    assert content == streams(studio, 2)[1]
    (snapshot,) = studio.project_snapshot(studio.convert(BOOK)).chapter_snapshot_ids[1:]
    frames = sum(part.frame_count for part in studio.parts(snapshot))
    samples, complaints = decode(content)
    assert samples == frames * FRAME_SAMPLES
    # Nobody knows how long it will be.
    assert set(complaints) <= {"Estimating duration from bitrate, this may be inaccurate\n"}


def test_a_conversion_that_ends_well_is_heard_to_its_end(studio: Studio) -> None:
    """Its plans are gone when it has ended; its snapshots say the same."""
    requested = studio.request(BOOK)
    _, blocks = listen(studio)
    first, *_ = slices(studio, requested)
    studio.rendering.render_slice(WORKSPACE, requested.conversion_id, first)
    heard = available(blocks)
    studio.run(requested)
    heard += b"".join(block or b"" for block in blocks)
    assert heard == b"".join(streams(studio, 2))


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (lambda rendering, *ids: rendering.cancel_conversion(*ids), "was cancelled"),
        (lambda rendering, *ids: rendering.fail(*ids, "The engine is gone."), "The engine is gone"),
    ],
)
@pytest.mark.parametrize("rendered_count", [0, 1, 99])
def test_a_conversion_that_ends_without_the_chapter_breaks_off(
    studio: Studio, end: Callable[..., None], words: str, rendered_count: int
) -> None:
    """Whether nothing, something or all of what was listened to had been made: it isn't whole."""
    requested = studio.request(BOOK)
    _, blocks = listen(studio)
    for ordinal in slices(studio, requested)[:rendered_count]:
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    next(blocks)
    end(studio.rendering, WORKSPACE, requested.conversion_id)
    with pytest.raises(ConversionFailed, match=words):
        list(blocks)


def test_a_chapter_that_was_finished_before_is_whole(studio: Studio) -> None:
    """Whatever becomes of the rest of the conversion."""
    requested = studio.request(BOOK)
    everything, blocks = listen(studio)
    for ordinal in slices(studio, requested):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    _, of_first = listen(studio, everything.chapters[0].chapter_id)
    heard = [next(of_first) or b""]
    studio.rendering.assemble_chapter(WORKSPACE, requested.conversion_id, 0)
    studio.rendering.cancel_conversion(WORKSPACE, requested.conversion_id)
    heard += [block or b"" for block in of_first]
    with pytest.raises(ConversionFailed):
        list(blocks)
    assert b"".join(heard) == streams(studio, 2)[0]


def test_a_finished_chapter_is_nothing_to_listen_to(studio: Studio) -> None:
    """Its file has a length; the project is still listened to."""
    requested = studio.request(BOOK)
    everything, _ = listen(studio)
    for ordinal in slices(studio, requested):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    studio.rendering.assemble_chapter(WORKSPACE, requested.conversion_id, 0)
    project_id = studio.rendering.get_conversion(WORKSPACE, requested.conversion_id).project_id
    one, two = (chapter.chapter_id for chapter in everything.chapters)
    with studio.records.read(WORKSPACE) as tx:
        assert find_listened(tx, project_id, one) is None
        assert find_listened(tx, project_id, two) is not None
        assert find_listened(tx, project_id, ChapterId("absent")) is None
        assert find_listened(tx, project_id) is not None


def test_wav_has_no_length_until_it_ends(studio: Studio) -> None:
    """Decoders read it to its end; every sample is that of the file."""
    options = BookOptions(TONE_LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS)
    document = make_document(make_document_chapter("It rained.", "Nobody came."))
    requested = studio.request(document, options)
    _, blocks = listen(studio)
    for ordinal in slices(studio, requested):
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, ordinal)
    content = available(blocks)
    (chapter,) = studio.chapter_snapshots(studio.run(requested))
    file = studio.chapter_bytes(chapter.chapter_snapshot_id)
    assert content[4:8] == content[40:44] == b"\xff" * 4
    assert np.array_equal(sounds(content), sounds(file))
    assert decode(content)[0] == decode(file)[0]
