"""What is said of a conversion before it is asked for is what it then does."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.dictionaries import DictionaryWishes, create_dictionary
from rhapsode.authoring.locks import lock_block
from rhapsode.engines.engine import Engine, EngineTraits
from rhapsode.engines.registry import get_engine
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering import plan as planning
from rhapsode.rendering import project_sources
from rhapsode.rendering.attachment import attach_dictionaries
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.plan import RenderCount
from rhapsode.rendering.preview import BlockPreview, Reason
from rhapsode.rendering.previews import ConversionPreview, preview_conversion
from rhapsode.rendering.refresh import Refresh
from rhapsode.rendering.statistics import measure_chapters
from rhapsode.storage import conversions, outlines, projects, takes
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import BlockKind, Document
from rhapsode.studio.ids import BlockId, ProjectId, VoiceId
from rhapsode.studio.project import Block, Project, QualityPreset
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import Catalogue, engine_catalogue

pytestmark = pytest.mark.slow

RAIN = make_document_chapter(
    make_document_block("Rain", kind=BlockKind.HEADING),
    "It rained.",
    "Nobody came.",
    "It rained.",
    name="Rain",
)
SEA = make_document_chapter("The quay was flat.", "A boat.", "It rained.", name="Sea")
BOOK = make_document(RAIN, SEA)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def preview(studio: Studio, project_id: ProjectId, **wanted: Any) -> ConversionPreview:
    with studio.records.read(studio.workspace_id) as tx:
        return preview_conversion(tx, project_id, **wanted)


def convert(studio: Studio, project_id: ProjectId, refresh: Refresh | None = None) -> RequestedConversion:
    requested = studio.rendering.request_conversion(studio.workspace_id, project_id, refresh=refresh)
    studio.run(requested)
    return requested


def made(studio: Studio, requested: RequestedConversion) -> RenderCount:
    """What a conversion has made, as the ledger has it."""
    with studio.records.read(studio.workspace_id) as tx:
        speech = conversions.get_usage(tx, requested.conversion_id, "speech")
        audio = conversions.get_usage(tx, requested.conversion_id, "audio")
    return RenderCount(speech.segment_count, speech.character_count, audio.segment_count)


def blocks_of(shown: ConversionPreview) -> list[BlockPreview]:
    return [block for chapter in shown.chapters for block in chapter.blocks]


def reasons(shown: ConversionPreview) -> list[list[str]]:
    """Of each block that isn't as it would be, in order."""
    return [[*block.reasons] for block in blocks_of(shown)]


def stored_blocks(studio: Studio, project_id: ProjectId) -> list[Block]:
    with studio.records.read(studio.workspace_id) as tx:
        return [block for chapter in projects.list_chapters(tx, project_id) for block in chapter.blocks]


def change(studio: Studio, project_id: ProjectId, edit: Callable[[Project], Project]) -> None:
    with studio.records.write(studio.workspace_id) as tx:
        projects.save_project(tx, edit(projects.get_project(tx, project_id)))


def with_details(**details: Any) -> Callable[[Project], Project]:
    return lambda project: replace(project, details=replace(project.details, **details))


def edited(old: str, new: str, document: Document = BOOK) -> Document:
    chapters = tuple(
        replace(c, blocks=tuple(replace(b, text=new) if b.text == old else b for b in c.blocks))
        for c in document.chapters
    )
    return replace(document, chapters=chapters)


def dictionary(studio: Studio) -> DictionaryLocator:
    made = create_dictionary(
        studio.records, studio.workspace_id, DictionaryWishes("Words"), [AliasRule("quay", "key")]
    )
    return DictionaryLocator(made.dictionary_id)


def attach(studio: Studio, project_id: ProjectId, locators: Sequence[DictionaryLocator], **how: bool) -> None:
    with studio.records.write(studio.workspace_id) as tx:
        attach_dictionaries(tx, project_id, locators, **how)


def with_version(monkeypatch: pytest.MonkeyPatch, version: str, heeded: tuple[str, ...] = ()) -> None:
    """From now on the engine calls itself so."""
    traits = replace(ToneEngine().traits, version=version, heeded_settings=heeded)

    def newer(_engine: ToneEngine) -> EngineTraits:
        return traits

    monkeypatch.setattr(ToneEngine, "traits", property(newer))


Edit = Callable[["Desk"], object]


class Desk:
    """A project that is edited in every way, and converted."""

    def __init__(self, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
        self.studio = studio
        self.patch = monkeypatch
        self.document = BOOK
        self.project_id = studio.save(BOOK)
        self.locator = dictionary(studio)
        self.version = 1

    def save(self, document: Document) -> ProjectId:
        self.document = document
        return self.studio.save(document, BookOptions())

    def change(self, edit: Callable[[Project], Project]) -> None:
        change(self.studio, self.project_id, edit)

    def voice(self, voice_id: VoiceId) -> None:
        self.change(lambda project: replace(project, default_paragraph_voice_id=voice_id))

    def update(self) -> None:
        self.version += 1
        with_version(self.patch, str(self.version))

    def lock(self, *, locked: bool) -> None:
        with self.studio.records.read(self.studio.workspace_id) as tx:
            chapter = projects.list_chapters(tx, self.project_id)[0]
        ids = self.project_id, chapter.chapter_id, chapter.blocks[2].block_id
        lock_block(self.studio.records, self.studio.workspace_id, *ids, locked=locked)


EDITS: dict[str, Edit] = {
    "a text": lambda desk: desk.save(edited("A boat.", "Two boats.", desk.document)),
    "back": lambda desk: desk.save(edited("Two boats.", "A boat.", desk.document)),
    "order": lambda desk: desk.save(replace(desk.document, chapters=desk.document.chapters[::-1])),
    "title": lambda desk: desk.save(replace(desk.document, title="Ebb")),
    "another voice": lambda desk: desk.voice(TONE_HIGH),
    "the first voice": lambda desk: desk.voice(TONE_LOW),
    "high": lambda desk: desk.change(lambda p: replace(p, quality_preset=QualityPreset.HIGH)),
    "standard": lambda desk: desk.change(lambda p: replace(p, quality_preset=QualityPreset.STANDARD)),
    "loud": lambda desk: desk.change(with_details(volume_normalization=True)),
    "as it is": lambda desk: desk.change(with_details(volume_normalization=False)),
    "rules": lambda desk: attach(desk.studio, desk.project_id, [desk.locator]),
    "standing rules": lambda desk: attach(
        desk.studio, desk.project_id, [desk.locator], invalidate_affected_text=False
    ),
    "no rules": lambda desk: attach(desk.studio, desk.project_id, []),
    "an update": lambda desk: desk.update(),
    "lock": lambda desk: desk.lock(locked=True),
    "unlock": lambda desk: desk.lock(locked=False),
}


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.sampled_from(sorted(EDITS)), max_size=2), min_size=4, max_size=8), st.booleans())
def test_a_conversion_does_what_its_preview_said(rounds: list[list[str]], refreshes: bool) -> None:
    """After whatever edits, to the segment and the character; and then there is nothing to do."""
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        tempfile.TemporaryDirectory() as root,
        open_studio(Path(root)) as studio,
    ):
        desk = Desk(studio, monkeypatch)
        for names in rounds:
            for name in names:
                EDITS[name](desk)
            shown = preview(studio, desk.project_id)
            requested = convert(studio, desk.project_id)
            assert shown.count == requested.count == made(studio, requested)
            after = preview(studio, desk.project_id)
            assert after.is_up_to_date
            assert after.count == RenderCount()
            assert not any(block.is_stale for block in blocks_of(after))
        if refreshes:
            convert(studio, desk.project_id, Refresh())
            assert all(block.locked for block in blocks_of(preview(studio, desk.project_id)))


def test_nothing_was_made_yet(studio: Studio) -> None:
    """Every block is new; nobody knows how fast the voice speaks; nothing is written by looking."""
    project_id = studio.save(BOOK)
    shown = preview(studio, project_id)
    assert reasons(shown) == [["new"]] * 7
    # A text that comes again is made once, and so is a pause of each length.
    assert shown.count == RenderCount(5, 51, 9)
    assert [block.count.spoken_segments for block in blocks_of(shown)] == [1, 1, 1, 0, 1, 1, 0]
    assert [chapter.existing_frames for chapter in shown.chapters] == [0, 0]
    assert shown.coming_frames == (None, None)
    assert not shown.is_up_to_date
    with studio.records.read(studio.workspace_id) as tx:
        assert conversions.list_unfinished_conversions(tx) == []


def test_what_is_to_come_is_as_fast_as_what_was_spoken(studio: Studio) -> None:
    """The frames of a chapter's file are those that are there and those to come, to one in twenty."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    studio.save(edited("A boat.", "Another boat was at the quay."))
    shown = preview(studio, project_id)
    total = [
        chapter.existing_frames + (frames or 0)
        for chapter, frames in zip(shown.chapters, shown.coming_frames, strict=True)
    ]
    snapshot_id = studio.run(studio.rendering.request_conversion(studio.workspace_id, project_id))
    assert [chapter.frame_count for chapter in studio.chapter_snapshots(snapshot_id)] == pytest.approx(
        total, rel=0.05
    )
    assert preview(studio, project_id).coming_frames == (0, 0)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda project: replace(project, default_paragraph_voice_id=TONE_HIGH), [["voice"]] * 6),
        (with_details(apply_text_normalization="off"), [["normalization"]] * 7),
        (with_details(voice_settings={TONE_LOW: VoiceSettings(speed=1.1)}), [["settings"]] * 7),
        (lambda project: replace(project, title="Ebb", author="A. Writer", isbn_number="1"), []),
        (lambda project: replace(project, quality_preset=QualityPreset.HIGH), [["quality"]] * 7),
        (with_details(volume_normalization=True), [["mastering"]] * 7),
    ],
)
def test_each_kind_of_change_has_its_reason(
    monkeypatch: pytest.MonkeyPatch,
    studio: Studio,
    edit: Callable[[Project], Project],
    expected: list[list[str]],
) -> None:
    """Nothing is stale by what is only encoded again, or by what is only in the heads of files."""
    with_version(monkeypatch, "1", heeded=("speed",))
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    assert (reasons(preview(studio, project_id)), preview(studio, project_id).is_up_to_date) == ([], True)

    change(studio, project_id, edit)

    shown = preview(studio, project_id)
    assert reasons(shown) == expected
    told = {reason for found in expected for reason in found}
    # In a text without numbers nothing sounds different, so its snapshot is as good as a new one.
    assert shown.is_up_to_date == ("normalization" in told)
    assert {block.is_stale for block in blocks_of(shown)} <= {not told & {"quality", "mastering"}}
    assert bool(shown.count.spoken_segments) == bool(told & {"voice", "settings"})


def test_another_language_is_a_reason(studio: Studio) -> None:
    """For a voice that speaks several; one that reads whatever it is given reads on."""
    need_espeak()
    project_id = studio.save(make_document(SEA), BookOptions(VoiceId("espeak_alder")))
    convert(studio, project_id)
    change(studio, project_id, lambda project: replace(project, language="de"))
    shown = preview(studio, project_id)
    assert (reasons(shown), shown.count.spoken_segments) == ([["language"]] * 3, 3)


def test_an_edited_text_is_the_only_reason_told(studio: Studio) -> None:
    """A block that was added is new; what goes back costs nothing, and is told all the same."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    studio.save(edited("A boat.", "Two boats."))
    shown = preview(studio, project_id)
    assert reasons(shown) == [["text"]]
    assert shown.count == RenderCount(1, 10, 1)
    assert [chapter.is_up_to_date for chapter in shown.chapters] == [True, False]
    convert(studio, project_id)
    studio.save(BOOK)
    assert (reasons(preview(studio, project_id)), preview(studio, project_id).count) == (
        [["text"]],
        RenderCount(),
    )


def test_rules_are_previewed_before_they_are_attached(studio: Studio) -> None:
    """Only what they touch is stale, as it is once they are attached; also where a take was to stand before."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    locator = dictionary(studio)
    shown = preview(studio, project_id, locators=[locator])
    assert (reasons(shown), shown.count) == ([["dictionary"]], RenderCount(1, 17, 1))
    assert reasons(preview(studio, project_id)) == []

    attach(studio, project_id, [locator], invalidate_affected_text=False)
    assert preview(studio, project_id).count == RenderCount()
    bare = preview(studio, project_id, locators=[])
    attach(studio, project_id, [])
    assert preview(studio, project_id) == bare

    again = preview(studio, project_id, locators=[locator])
    attach(studio, project_id, [locator])
    assert preview(studio, project_id) == again
    requested = convert(studio, project_id)
    assert made(studio, requested) == again.count == RenderCount(1, 17, 1)


def test_takes_of_an_earlier_version_say_only_that_something_changed(studio: Studio) -> None:
    """Nobody kept what they were made of; whether the engine was older is in the keys of their speech."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    forget_sources(studio)
    assert reasons(preview(studio, project_id)) == []
    studio.save(edited("A boat.", "Two boats."))
    assert reasons(preview(studio, project_id)) == [["changed"]]


def forget_sources(studio: Studio) -> None:
    """As it is after an upgrade from a version that didn't keep what takes were made of."""
    with studio.records.write(studio.workspace_id) as tx:
        tx.connection.exec_driver_sql("UPDATE takes SET source = NULL")


@pytest.mark.parametrize("knows_sources", [True, False])
def test_an_update_is_told_and_makes_nothing_stale(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, knows_sources: bool
) -> None:
    """Until a refresh, which speaks each text again; afterwards there is nothing to tell."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    if not knows_sources:
        forget_sources(studio)
    with_version(monkeypatch, "2")

    shown = preview(studio, project_id)
    assert (reasons(shown), shown.count) == ([["engine_upgraded"]] * 7, RenderCount())
    assert shown.is_up_to_date
    assert made(studio, convert(studio, project_id)) == RenderCount()

    requested = convert(studio, project_id, Refresh())
    assert requested.count == made(studio, requested) == RenderCount(5, 51, 5)
    assert reasons(preview(studio, project_id)) == []


def test_a_setting_that_an_update_begins_to_heed_makes_nothing_stale(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as nobody has set it."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    with_version(monkeypatch, "2", heeded=("style", "use_speaker_boost"))
    assert reasons(preview(studio, project_id)) == [["engine_upgraded"]] * 7
    change(studio, project_id, with_details(voice_settings={TONE_LOW: VoiceSettings(style=0.4)}))
    assert reasons(preview(studio, project_id)) == [["settings"]] * 7


def test_a_refresh_is_of_what_was_named(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one block, and then of one chapter; the rest stays as an older version spoke it."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    with_version(monkeypatch, "2")
    block = stored_blocks(studio, project_id)[2]
    requested = convert(studio, project_id, Refresh(block_ids=frozenset({block.block_id})))
    assert made(studio, requested) == RenderCount(1, 12, 1)
    sea = preview(studio, project_id).chapters[1].chapter_id
    requested = convert(studio, project_id, Refresh(chapter_ids=frozenset({sea})))
    assert made(studio, requested) == RenderCount(3, 35, 3)
    assert reasons(preview(studio, project_id)) == [["engine_upgraded"]] * 3


def test_a_locked_block_says_why_it_would_be_stale(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a change nor a refresh speaks it; unlocked, it is like any other. One without a take is spoken."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    before = stored_blocks(studio, project_id)[2]
    lock(studio, project_id, before.block_id, locked=True)
    with_version(monkeypatch, "2")
    change(studio, project_id, lambda project: replace(project, default_paragraph_voice_id=TONE_HIGH))

    # Beside the heading, which another voice reads, the locked block counts as converted.
    assert count_converted(studio, project_id) == 2
    (locked,) = [block for block in blocks_of(preview(studio, project_id)) if block.locked]
    assert (locked.reasons, locked.is_stale, locked.count) == ((Reason.VOICE,), False, RenderCount())
    requested = convert(studio, project_id, Refresh())
    assert made(studio, requested) == RenderCount(4, 39, 4)
    assert stored_blocks(studio, project_id)[2].nodes == before.nodes

    change(studio, project_id, lambda project: replace(project, quality_preset=QualityPreset.HIGH))
    shown = preview(studio, project_id)
    assert {block.reasons for block in blocks_of(shown) if block.locked} == {(Reason.VOICE, Reason.QUALITY)}
    assert made(studio, convert(studio, project_id)) == shown.count == RenderCount(0, 0, 9)
    lock(studio, project_id, before.block_id, locked=False)
    assert reasons(preview(studio, project_id)) == [["voice"]]
    assert made(studio, convert(studio, project_id)) == RenderCount(1, 12, 1)


def count_converted(studio: Studio, project_id: ProjectId) -> int:
    """How many paragraphs are, as clients are told."""
    with studio.records.read(studio.workspace_id) as tx:
        sources = project_sources.get_project_sources(tx, projects.get_project(tx, project_id))
        nodes = outlines.list_node_outlines(tx, project_id)
    return sum(chapter.paragraphs.converted for chapter in measure_chapters(nodes, sources).values())


def lock(studio: Studio, project_id: ProjectId, block_id: BlockId, *, locked: bool) -> None:
    with studio.records.read(studio.workspace_id) as tx:
        chapters = projects.list_chapters(tx, project_id)
    (chapter,) = [c for c in chapters if any(b.block_id == block_id for b in c.blocks)]
    ids = project_id, chapter.chapter_id, block_id
    lock_block(studio.records, studio.workspace_id, *ids, locked=locked)


def test_a_new_block_can_be_locked_before_it_is_spoken(studio: Studio) -> None:
    """It has nothing to keep yet, and is spoken as usual."""
    project_id = studio.save(BOOK)
    lock(studio, project_id, stored_blocks(studio, project_id)[2].block_id, locked=True)
    assert made(studio, convert(studio, project_id)) == RenderCount(5, 51, 9)


def test_lost_bytes_are_made_again(studio: Studio) -> None:
    """Speech that is gone is spoken where its audio is needed too, and audio that is gone is encoded."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    change(studio, project_id, lambda project: replace(project, title="Ebb"))
    lose(studio, "audio")
    assert reasons(preview(studio, project_id)) == [["audio_missing"]] * 7
    lose(studio, "speech")
    shown = preview(studio, project_id)
    assert reasons(shown) == [["speech_missing"]] * 7
    assert not any(block.is_stale for block in blocks_of(shown))
    assert made(studio, convert(studio, project_id)) == shown.count == RenderCount(5, 51, 9)


def lose(studio: Studio, kind: str) -> None:
    with studio.records.write(studio.workspace_id) as tx:
        lost = sa.text("UPDATE segments SET pack_id = NULL, encoding = NULL WHERE kind = :kind")
        tx.connection.execute(lost, {"kind": kind})


def test_a_refresh_is_carried_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversion that is asked for while a refresh waits takes its place, and refreshes what it was to refresh.

    One that is asked for while it runs comes after it, and doesn't bring the older speech back.
    """
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    with_version(monkeypatch, "2")
    block_id = stored_blocks(studio, project_id)[2].block_id

    def request(refresh: Refresh | None = None) -> RequestedConversion:
        return studio.rendering.request_conversion(studio.workspace_id, project_id, refresh=refresh)

    waiting = request(Refresh(block_ids=frozenset({block_id})))
    assert request() == replace(waiting, joined=True)
    assert preview(studio, project_id).count == waiting.count == RenderCount(1, 12, 1)
    assert reasons(preview(studio, project_id)).count(["engine_upgraded"]) == 7
    studio.save(edited("A boat.", "Two boats."))
    running = request()
    assert not running.joined
    assert running.count == RenderCount(2, 22, 2)
    studio.rendering.list_slices(studio.workspace_id, running.conversion_id)
    studio.save(edited("The quay was flat.", "The sea was flat.", edited("A boat.", "Two boats.")))
    after = request()
    studio.run(running)
    last = studio.run(after)

    (again,) = [block for block in stored_blocks(studio, project_id) if block.block_id == block_id]
    (take,) = [node.take for node in again.nodes if node.take is not None]
    assert take.source is not None
    assert take.source.engine_version == "2"
    parts = studio.parts(studio.chapter_snapshots(last)[0].chapter_snapshot_id)
    assert {part.speech_key for part in parts if part.block_id == block_id} == {take.parts[0].speech_key}
    assert reasons(preview(studio, project_id)) == [["engine_upgraded"]] * 4


def test_a_cancelled_refresh_refreshes_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was marked: the next conversion leaves all as an older version spoke it; another refresh doesn't."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    with_version(monkeypatch, "2")
    requested = studio.rendering.request_conversion(studio.workspace_id, project_id, refresh=Refresh())
    studio.rendering.cancel_conversion(studio.workspace_id, requested.conversion_id)
    assert made(studio, convert(studio, project_id)) == RenderCount()
    assert made(studio, convert(studio, project_id, Refresh())) == RenderCount(5, 51, 5)


def test_earlier_takes_stay_after_a_refresh(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each node has what the older version spoke and what the newer one did, which going back finds."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    with_version(monkeypatch, "2")
    convert(studio, project_id, Refresh())
    studio.save(edited("A boat.", "Two boats."))
    convert(studio, project_id)
    studio.save(BOOK)
    assert preview(studio, project_id).count == RenderCount()
    assert made(studio, convert(studio, project_id)) == RenderCount()
    nodes = [node for block in stored_blocks(studio, project_id) for node in block.nodes]
    with studio.records.read(studio.workspace_id) as tx:
        known = takes.list_takes(tx, [node.node_id for node in nodes])
    for node in nodes:
        versions = [
            t.source.engine_version for t in known[node.node_id] if t.source and t.source.text == node.text
        ]
        assert versions == ["1", "2"]
        assert node.take is not None
        assert node.take.source is not None
        assert node.take.source.engine_version == "2"


NOVEL = make_document(
    *(
        make_document_chapter(*(f"Paragraph {p} of chapter {c} says so." for p in range(6)), name=f"{c}")
        for c in range(5)
    )
)


@pytest.mark.parametrize("voice_id", ["tone_low", "espeak_alder"])
def test_whatever_is_upgraded_one_edit_speaks_one_paragraph(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, voice_id: str
) -> None:
    """The engine, the file of a voice and the encoder, over a converted book."""
    need_espeak()
    document = NOVEL if voice_id == "tone_low" else replace(NOVEL, chapters=NOVEL.chapters[:2])
    project_id = studio.save(document, BookOptions(VoiceId(voice_id)))
    convert(studio, project_id)
    upgrade(monkeypatch)

    assert made(studio, convert(studio, project_id)) == RenderCount()
    shown = preview(studio, project_id)
    assert shown.is_up_to_date
    assert {*map(tuple, reasons(shown))} == {("engine_upgraded",)}
    studio.save(edited("Paragraph 3 of chapter 1 says so.", "It says nothing.", document), BookOptions())
    assert preview(studio, project_id).count == RenderCount(1, 16, 1)
    assert made(studio, convert(studio, project_id)) == RenderCount(1, 16, 1)


def upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on everything that makes sound calls itself a newer version."""
    monkeypatch.setattr(planning, "ENCODING_RECIPE", "next")

    def newer_catalogue(_tx: Transaction) -> Catalogue:
        catalogue = engine_catalogue()
        newer = {name: replace(voice, version="next") for name, voice in catalogue.index.by_id.items()}
        return Catalogue(replace(catalogue.index, by_id=newer))

    def newer_engine(name: str) -> Newer:
        return Newer(get_engine(name))

    monkeypatch.setattr(project_sources, "open_catalogue", newer_catalogue)
    monkeypatch.setattr(project_sources, "get_engine", newer_engine)


class Newer:
    """An engine of the next version."""

    def __init__(self, engine: Engine) -> None:
        self.traits = replace(engine.traits, version="next")
