"""What a conversion of a stored project asks for: nothing that exists, and nothing an update could make stale."""

import io
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import mutagen
import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.audio.grid import stream_samples
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.archive import iterate_archive, plan_archive
from rhapsode.delivery.downloads import open_book
from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.tone import ToneEngine
from rhapsode.jobs.conversions import ConversionEnded, convert_at_once
from rhapsode.rendering import plan as planning
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.plan import SegmentRequest, thaw_requests
from rhapsode.rendering.pool import RenderPool
from rhapsode.storage import conversions, projects, snapshots
from rhapsode.studio import ids
from rhapsode.studio.document import BlockKind, Cover, Document, DocumentChapter
from rhapsode.studio.errors import ChapterNotFound, InvalidInput
from rhapsode.studio.ids import ChapterId, ProjectId, VoiceId
from rhapsode.studio.project import QualityPreset

pytestmark = pytest.mark.slow

RAIN = make_document_chapter(
    make_document_block("Rain", kind=BlockKind.HEADING),
    "It rained.",
    "Nobody came.",
    "It rained.",
    name="Rain",
)
SEA = make_document_chapter("The sea was flat.", "A boat.", name="Sea")
BOOK = make_document(RAIN, SEA)
LOW = BookOptions(TONE_LOW)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def requests(studio: Studio, requested: RequestedConversion) -> list[SegmentRequest]:
    """All segments a conversion wants made."""
    with studio.records.read(studio.workspace_id) as tx:
        ordinals = [ordinal for ordinal, _ in conversions.list_slices(tx, requested.conversion_id)]
        return [
            request
            for ordinal in ordinals
            for request in thaw_requests(conversions.get_slice(tx, requested.conversion_id, ordinal).requests)
        ]


def spoken_texts(studio: Studio, requested: RequestedConversion) -> list[str]:
    """What a conversion wants spoken, in order; pauses it wants made are empty texts."""
    made = requests(studio, requested)
    return [request.speech.spoken_text if request.speech else "" for request in made]


def edited(old: str, new: str, document: Document = BOOK) -> Document:
    chapters = tuple(
        replace(
            chapter,
            blocks=tuple(
                replace(block, text=new) if block.text == old else block for block in chapter.blocks
            ),
        )
        for chapter in document.chapters
    )
    return replace(document, chapters=chapters)


def with_version(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """From now on the engine calls itself a newer one."""
    traits = replace(ToneEngine().traits, version=version)

    def newer(_engine: ToneEngine) -> EngineTraits:
        return traits

    monkeypatch.setattr(ToneEngine, "traits", property(newer))


def test_what_is_newest_is_decided_by_the_clock_of_the_records(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of conversions and snapshots are in their order even where another machine's clock has made the others."""
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: 0))
    requested = studio.request(BOOK)
    made = studio.project_snapshot(studio.run(requested))

    told = [requested.conversion_id, made.project_snapshot_id, *made.chapter_snapshot_ids]
    assert all(abs(ids.moment_of(made_id) - made.created_at_ms) < 3_600_000 for made_id in told)


def test_a_first_conversion_speaks_each_text_once(studio: Studio) -> None:
    """A paragraph that comes twice is spoken once, and a pause of each length is made once."""
    requested = studio.request(BOOK)
    texts = spoken_texts(studio, requested)
    assert [text for text in texts if text] == [
        "Rain",
        "It rained.",
        "Nobody came.",
        "The sea was flat.",
        "A boat.",
    ]
    assert texts.count("") == 4
    studio.run(requested)
    assert (studio.count_spoken(requested), studio.count_encoded(requested)) == (5, 9)


def test_an_unchanged_project_needs_nothing(studio: Studio) -> None:
    """No slice, and the chapters' snapshots are the ones that exist."""
    first = studio.convert(BOOK)
    requested = studio.request(BOOK)
    assert (requested.slice_count, requested.joined) == (0, False)
    again = studio.run(requested)
    assert studio.count_encoded(requested) == 0
    before, after = studio.project_snapshot(first), studio.project_snapshot(again)
    assert after.chapter_snapshot_ids == before.chapter_snapshot_ids
    assert after.head == before.head


def test_an_edited_paragraph_is_one_request(studio: Studio) -> None:
    """The chapter it isn't in keeps its snapshot."""
    first = studio.convert(BOOK)
    requested = studio.request(edited("Nobody came.", "Somebody came."))
    assert spoken_texts(studio, requested) == ["Somebody came."]
    again = studio.run(requested)
    before, after = studio.chapter_snapshots(first), studio.chapter_snapshots(again)
    assert before[1] == after[1]
    assert before[0].chapter_snapshot_id != after[0].chapter_snapshot_id


MOVED = make_document(
    replace(RAIN, blocks=(RAIN.blocks[0], RAIN.blocks[2], RAIN.blocks[1], RAIN.blocks[3])), SEA
)
RENAMED = make_document(replace(RAIN, name="A Storm"), SEA)
SWAPPED = make_document(SEA, RAIN)
ELSEWHERE = make_document(
    replace(RAIN, blocks=RAIN.blocks[:-1]), replace(SEA, blocks=(*SEA.blocks, RAIN.blocks[-1]))
)


@pytest.mark.parametrize("document", [MOVED, RENAMED, SWAPPED, ELSEWHERE])
def test_moving_and_renaming_render_nothing(studio: Studio, document: Document) -> None:
    """Only the snapshots are new."""
    first = studio.convert(BOOK)
    requested = studio.request(document)
    assert requests(studio, requested) == []
    assert studio.chapter_snapshots(first) != studio.chapter_snapshots(studio.run(requested))


def test_another_title_or_cover_renders_nothing(studio: Studio) -> None:
    """They are in the heads of the files."""
    studio.convert(BOOK)
    for document in (replace(BOOK, title="Ebb"), replace(BOOK, cover=Cover("image/png", bytes(500)))):
        requested = studio.request(document)
        assert requests(studio, requested) == []
        studio.run(requested)


def test_another_quality_encodes_everything_and_speaks_nothing(studio: Studio) -> None:
    """Speech is kept without loss; back at the first quality, there is nothing to do."""
    studio.convert(BOOK)
    requested = studio.request(BOOK, BookOptions(TONE_LOW, QualityPreset.HIGH))
    assert len(requests(studio, requested)) == 9
    studio.run(requested)
    assert (studio.count_spoken(requested), studio.count_encoded(requested)) == (0, 9)

    back = studio.request(BOOK, BookOptions(TONE_LOW, QualityPreset.STANDARD))
    assert requests(studio, back) == []


def test_going_back_renders_nothing(studio: Studio) -> None:
    """To an earlier text, or to an earlier voice; also when the engine has been updated meanwhile."""
    other = edited("Nobody came.", "Somebody came.")
    studio.convert(BOOK)
    studio.convert(other)
    assert requests(studio, studio.request(BOOK)) == []
    studio.convert(BOOK)
    studio.convert(BOOK, BookOptions(TONE_HIGH))
    back = studio.request(BOOK, BookOptions(TONE_LOW))
    assert requests(studio, back) == []


def test_going_back_after_an_update_renders_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The take of the earlier text is still there, whichever version made it."""
    studio.convert(BOOK)
    studio.convert(edited("Nobody came.", "Somebody came."))
    with_version(monkeypatch, "2")
    back = studio.request(BOOK)
    assert requests(studio, back) == []
    studio.run(back)
    assert requests(studio, studio.request(BOOK)) == []


def test_an_updated_engine_makes_nothing_stale(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """One edit speaks that paragraph alone, and the rest keeps what the older version said."""
    first = studio.convert(BOOK)
    with_version(monkeypatch, "2")

    unchanged = studio.request(BOOK)
    assert requests(studio, unchanged) == []
    again = studio.run(unchanged)
    assert studio.chapter_snapshots(again) == studio.chapter_snapshots(first)

    requested = studio.request(edited("Nobody came.", "Somebody came."))
    assert spoken_texts(studio, requested) == ["Somebody came."]


def test_a_new_recipe_makes_nothing_stale(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is encoded stays as it is, pauses included; an edit is encoded by the new recipe."""
    first = studio.convert(BOOK)
    monkeypatch.setattr(planning, "ENCODING_RECIPE", "2")

    unchanged = studio.request(BOOK)
    assert requests(studio, unchanged) == []
    again = studio.run(unchanged)
    assert studio.chapter_snapshots(again) == studio.chapter_snapshots(first)

    requested = studio.request(edited("Nobody came.", "Somebody came."))
    assert spoken_texts(studio, requested) == ["Somebody came."]
    studio.run(requested)
    assert studio.count_encoded(requested) == 1


def begin(studio: Studio, requested: RequestedConversion) -> None:
    """What a runner does first."""
    studio.rendering.list_slices(studio.workspace_id, requested.conversion_id)


def state_of(studio: Studio, requested: RequestedConversion) -> str:
    return studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id).state


@pytest.mark.parametrize("runs", [True, False])
def test_an_equal_conversion_is_joined(studio: Studio, runs: bool) -> None:
    """Whether it waits or runs; one that has ended is not."""
    first = studio.request(BOOK)
    assert state_of(studio, first) == "in_queue"
    if runs:
        begin(studio, first)
    joined = studio.request(BOOK)
    assert joined == replace(first, joined=True)
    assert state_of(studio, first) == ("converting" if runs else "in_queue")
    studio.rendering.cancel_conversion(studio.workspace_id, first.conversion_id)
    assert not studio.request(BOOK).joined


def test_a_changed_project_waits_behind_the_conversion_that_runs(studio: Studio) -> None:
    """Of several changes the last one waits: nobody needs what the ones before it would have made."""
    running, waiting, last = (
        studio.request(BOOK),
        edited("Nobody came.", "Somebody came."),
        edited("Nobody came.", "They came."),
    )
    begin(studio, running)
    second = studio.request(waiting)
    third = studio.request(last)
    assert (second.joined, third.joined) == (False, False)
    states = [state_of(studio, requested) for requested in (running, second, third)]
    assert states == ["converting", "cancelled", "in_queue"]
    assert studio.request(last) == replace(third, joined=True)


def test_going_back_to_what_is_running_drops_what_waits(studio: Studio) -> None:
    """The newest request says what is wanted, and that is being made."""
    running = studio.request(BOOK)
    begin(studio, running)
    waiting = studio.request(edited("Nobody came.", "Somebody came."))
    assert studio.request(BOOK) == replace(running, joined=True)
    assert state_of(studio, waiting) == "cancelled"


def chapter_ids(studio: Studio, project_id: ProjectId) -> list[ChapterId]:
    with studio.records.read(studio.workspace_id) as tx:
        return [chapter.chapter_id for chapter in projects.list_chapters(tx, project_id)]


def request_chapter(studio: Studio, document: Document, index: int) -> RequestedConversion:
    """Ask for one chapter of a document alone."""
    project_id = studio.save(document)
    chapter_id = chapter_ids(studio, project_id)[index]
    return studio.rendering.request_conversion(studio.workspace_id, project_id, chapter_id)


def run_chapter(studio: Studio, requested: RequestedConversion) -> None:
    """Run a conversion that leaves no snapshot of the project."""
    convert_at_once(studio.rendering, studio.workspace_id, requested.conversion_id)
    assert state_of(studio, requested) == "succeeded"


def test_a_chapter_alone_is_the_chapter_of_the_whole(studio: Studio) -> None:
    """Its file counts it among all, and so it is the project's chapter when that is converted afterwards."""
    alone = request_chapter(studio, BOOK, 1)
    assert [text for text in spoken_texts(studio, alone) if text] == ["The sea was flat.", "A boat."]
    run_chapter(studio, alone)
    with studio.records.read(studio.workspace_id) as tx:
        project_id = conversions.get_conversion(tx, alone.conversion_id).project_id
        made = snapshots.list_latest_chapter_snapshots(tx, project_id)
        assert snapshots.list_project_snapshots(tx, project_id) == []
    assert [snapshot.name for snapshot in made.values()] == ["Sea"]

    whole = studio.request(BOOK)

    assert [text for text in spoken_texts(studio, whole) if text] == ["Rain", "It rained.", "Nobody came."]
    rain, sea = studio.chapter_snapshots(studio.run(whole))
    assert [sea] == list(made.values())
    assert b"2/2" in sea.head.content
    assert b"1/2" in rain.head.content


def test_a_chapter_and_its_project_wait_for_each_other(studio: Studio) -> None:
    """They are conversions of their own; a newer one of either kind takes the place of its own kind alone."""
    whole = studio.request(BOOK)
    begin(studio, whole)
    alone = request_chapter(studio, BOOK, 0)
    other = request_chapter(studio, BOOK, 1)
    assert not alone.joined
    again = request_chapter(studio, edited("Nobody came.", "Somebody came."), 0)
    states = [state_of(studio, requested) for requested in (whole, alone, other, again)]
    assert states == ["converting", "cancelled", "in_queue", "in_queue"]


def test_the_newest_request_has_the_last_word(studio: Studio) -> None:
    """A chapter as it was before waits for the conversion of what it was in between, though an equal one runs."""
    first = request_chapter(studio, BOOK, 0)
    begin(studio, first)
    studio.request(edited("Nobody came.", "Somebody came."))
    back = request_chapter(studio, BOOK, 0)
    assert not back.joined


def test_what_was_made_while_a_conversion_waited_is_not_made_again(studio: Studio) -> None:
    """Only the edit is left of it, and the chapters that didn't change keep the snapshots just made."""
    running = studio.request(BOOK)
    begin(studio, running)
    waiting = studio.request(edited("Nobody came.", "Somebody came."))
    assert waiting.slice_count == 2
    first = studio.run(running)

    ids = studio.workspace_id, waiting.conversion_id
    (piece,) = studio.rendering.list_slices(*ids)
    assert (piece.ordinal, piece.chapter_ordinal, piece.engines) == (0, 0, ("tone",))
    assert studio.rendering.list_chapters(*ids) == [0]
    second = studio.run(waiting)

    assert (studio.count_spoken(waiting), studio.count_encoded(waiting)) == (1, 1)
    before, after = studio.chapter_snapshots(first), studio.chapter_snapshots(second)
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


@pytest.mark.parametrize(
    ("chapter", "message"),
    [(make_document_chapter(" "), "no text"), (replace(RAIN, narrated=False), "not narrated")],
)
def test_a_chapter_that_is_not_spoken_is_refused(
    studio: Studio, chapter: DocumentChapter, message: str
) -> None:
    """With the reason."""
    with pytest.raises(InvalidInput, match=message):
        request_chapter(studio, make_document(SEA, chapter), 1)


def test_a_chapter_of_another_project_is_not_found(studio: Studio) -> None:
    """Nor is one that nobody has."""
    project_id = studio.save(BOOK)
    with pytest.raises(ChapterNotFound):
        studio.rendering.request_conversion(studio.workspace_id, project_id, ChapterId("none"))


def test_what_a_conversion_has_left_is_rendered_once(studio: Studio) -> None:
    """A conversion that is cancelled half-way keeps what it has made, and the next one begins there."""
    long = make_document(*(make_document_chapter(f"{c} " * 600, name=c) for c in "abc"))
    first = studio.request(long)
    assert first.slice_count == 3
    studio.rendering.render_slice(studio.workspace_id, first.conversion_id, 0)
    studio.rendering.cancel_conversion(studio.workspace_id, first.conversion_id)
    with pytest.raises(ConversionEnded):
        studio.rendering.render_slice(studio.workspace_id, first.conversion_id, 1)

    second = studio.request(long)

    assert second.slice_count == 2
    studio.run(second)
    assert studio.count_spoken(second) == 2


def test_what_is_cancelled_while_it_waits_takes_no_turn(tmp_path: Path) -> None:
    """It may wait for as long as others have books: nobody waits for it then."""
    pool = RenderPool(1)
    with open_studio(tmp_path, pool) as studio, ThreadPoolExecutor(1) as threads:
        asked = studio.workspace_id, studio.request(BOOK).conversion_id
        with pool.turn(character_count=1):
            waiting = threads.submit(studio.rendering.render_slice, *asked, 0)
            deadline = time.monotonic() + 30
            while not pool._turns._waiting:
                assert time.monotonic() < deadline, "it took too long"
                time.sleep(0.01)
            studio.rendering.cancel_conversion(*asked)
        with pytest.raises(ConversionEnded):
            waiting.result(30)
        assert pool._executor is None


def test_real_speech_is_spoken_once_too(studio: Studio) -> None:
    """Unchanged there is nothing to do, one edit is one request, another quality and going back speak nothing."""
    need_espeak()
    alder = BookOptions(VoiceId("espeak_alder"))
    studio.convert(BOOK, alder)
    assert requests(studio, studio.request(BOOK, alder)) == []
    edit = studio.request(edited("Nobody came.", "Somebody came."), alder)
    assert spoken_texts(studio, edit) == ["Somebody came."]
    studio.run(edit)
    higher = studio.request(BOOK, replace(alder, quality_preset=QualityPreset.HIGH))
    studio.run(higher)
    assert studio.count_spoken(higher) == 0
    back = studio.request(BOOK, replace(alder, quality_preset=QualityPreset.STANDARD))
    assert requests(studio, back) == []


SILENT = make_document(make_document_chapter(" "), replace(RAIN, narrated=False))


def test_nothing_to_narrate_is_said_to_whoever_wants_a_book(studio: Studio) -> None:
    """Instead of a conversion of silence."""
    project_id = studio.save(SILENT)
    with pytest.raises(InvalidInput, match="no text"):
        studio.rendering.request_conversion(studio.workspace_id, project_id, needs_text=True)
    assert studio.rendering.list_unfinished(studio.workspace_id) == []


@pytest.mark.parametrize(
    ("quality", "media_type"),
    [(QualityPreset.STANDARD, "audio/mp3"), (QualityPreset.ULTRA_LOSSLESS, "audio/wav")],
)
def test_a_project_without_text_is_converted_to_nothing(
    studio: Studio, quality: QualityPreset, media_type: str
) -> None:
    """A snapshot of no chapters, an archive of no files, and a valid file that lasts no time."""
    cover = Cover("image/png", b"\x89PNG\r\n\x1a\n")
    project_snapshot_id = studio.convert(replace(SILENT, cover=cover), BookOptions(TONE_LOW, quality))
    snapshot = studio.project_snapshot(project_snapshot_id)
    assert snapshot.chapter_snapshot_ids == ()
    assert stream_samples(snapshot.frame_count) == 0

    where = studio.records, studio.blobs, studio.workspace_id
    sound = mutagen.File(io.BytesIO(b"".join(open_book(*where, project_snapshot_id, "mp3").content)))
    assert sound.info.length == 0
    assert media_type in sound.mime
    layout = plan_archive(studio.records, studio.workspace_id, studio.project_snapshot(project_snapshot_id))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(iterate_archive(*where, layout, 0, layout.size_bytes))))
    assert archive.namelist() == []


def test_a_snapshot_is_of_the_project_as_it_was_when_the_conversion_was_requested(studio: Studio) -> None:
    """Another title, quality or cover saved meanwhile waits for the next conversion."""
    requested = studio.request(BOOK, LOW)
    lossless = replace(LOW, quality_preset=QualityPreset.ULTRA_LOSSLESS, title="Ebb")
    studio.save(replace(BOOK, cover=Cover("image/png", b"\x89PNG\r\n\x1a\nlater")), lossless)
    snapshot = studio.project_snapshot(studio.run(requested))
    assert snapshot.name != "Ebb"
    assert snapshot.encoding == "mp3_44100_128"
    assert snapshot.head.cover_key is None
