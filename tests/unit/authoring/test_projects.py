"""Projects and chapters are made, changed and deleted, each at once and for good."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    open_studio,
)

from rhapsode.authoring.chapters import create_chapter, delete_chapter, update_chapter
from rhapsode.authoring.content import SentBlock, SentChapter, SentNode
from rhapsode.authoring.projects import (
    ProjectChanges,
    ProjectWishes,
    check_wishes,
    create_project,
    delete_project,
    update_project,
)
from rhapsode.authoring.voices import default_voice
from rhapsode.storage import conversions, projects, schema
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.document import BlockKind, Cover, Document, DocumentChapter
from rhapsode.studio.errors import (
    ChapterNotFound,
    InvalidInput,
    NotFound,
    ProjectNotFound,
    PronunciationDictionaryNotFound,
    UnknownVoice,
)
from rhapsode.studio.ids import BlockId, ChapterId, DictionaryId, ProjectId, VoiceId, WorkspaceId
from rhapsode.studio.limits import MAX_CHAPTERS
from rhapsode.studio.project import Chapter, Project, ProjectDetails, QualityPreset
from rhapsode.studio.pronunciation import DictionaryLocator
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

RACHEL = VoiceId("21m00Tcm4TlvDq8ikWAM")
TONES = ProjectWishes("Tides", TONE_LOW, TONE_LOW)
RAIN = make_document_chapter("It rained.", "Nobody came.", name="Rain")
STRANGER = WorkspaceId("stranger")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def create(
    studio: Studio,
    wishes: ProjectWishes = TONES,
    document: Document | None = None,
    content: tuple[SentChapter, ...] = (),
) -> ProjectId:
    return create_project(
        studio.records, studio.blobs, studio.workspace_id, wishes, document=document, content=content
    )


class Watched(tuple[DocumentChapter, ...]):
    """Chapters that can be read only while nobody writes."""

    records: Records
    read_count: int

    def __new__(cls, chapters: Iterable[DocumentChapter], records: Records) -> "Watched":
        made = super().__new__(cls, chapters)
        made.records, made.read_count = records, 0
        return made

    def __iter__(self) -> Iterator[DocumentChapter]:
        written = threading.Event()
        threading.Thread(target=self._write, args=(written,), daemon=True).start()
        assert written.wait(10)
        self.read_count += 1
        return super().__iter__()

    def _write(self, written: threading.Event) -> None:
        with self.records.write(DEFAULT_WORKSPACE_ID):
            written.set()


def stored(studio: Studio, project_id: ProjectId) -> tuple[Project, tuple[Chapter, ...]]:
    with studio.records.read(studio.workspace_id) as tx:
        return projects.get_project(tx, project_id), projects.list_chapters(tx, project_id)


def actions(studio: Studio) -> list[str]:
    with studio.records.read(studio.workspace_id) as tx:
        log = schema.audit_log.c
        return list(tx.connection.execute(sa.select(log.action).order_by(log.entry_id)).scalars())


def change(studio: Studio, project_id: ProjectId, **fields: object) -> None:
    changes = replace(ProjectChanges("Tides", TONE_LOW, TONE_LOW), **fields)  # type: ignore[arg-type]
    update_project(studio.records, studio.workspace_id, project_id, changes)


def edit(studio: Studio, project_id: ProjectId, chapter_id: ChapterId, *blocks: SentBlock) -> None:
    update_chapter(studio.records, studio.workspace_id, project_id, chapter_id, content=blocks)


def sent(text: str, voice_id: VoiceId | None = None, block_id: BlockId | None = None) -> SentBlock:
    return SentBlock((SentNode(text, voice_id),), "p", block_id)


def test_a_document_becomes_a_project_of_the_wished_name(studio: Studio) -> None:
    """The name is the client's; title, author and language are the document's, and so are the chapters."""
    document = make_document(
        RAIN, title="Ebb", language="de", cover=Cover("image/png", b"\x89PNG" + bytes(50))
    )

    project, chapters = stored(studio, create(studio, TONES, document))

    assert (project.name, project.title, project.author) == ("Tides", "Ebb", "Ida Strand")
    assert project.language == "de"
    assert project.cover_key is not None
    assert [(chapter.name, len(chapter.blocks)) for chapter in chapters] == [("Rain", 2)]
    assert project.created_at_ms == pytest.approx(time.time() * 1000, abs=60_000)
    assert actions(studio) == ["project.created"]


def test_nobody_waits_for_a_novel_to_be_taken_apart(studio: Studio) -> None:
    """Its chapters are made before the transaction that keeps them."""
    document = make_document(RAIN)
    chapters = Watched(document.chapters, studio.records)
    project_id = create(studio, document=replace(document, chapters=chapters))
    assert chapters.read_count
    assert [chapter.name for chapter in stored(studio, project_id)[1]] == ["Rain"]


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        (replace(TONES, name=" "), InvalidInput),
        (replace(TONES, title="x" * 10_000), InvalidInput),
        (replace(TONES, default_title_voice_id=VoiceId("nobody")), UnknownVoice),
        (
            replace(TONES, details=ProjectDetails(voice_settings={VoiceId("nobody"): VoiceSettings()})),
            UnknownVoice,
        ),
        (
            replace(
                TONES,
                details=ProjectDetails(
                    pronunciation_dictionary_locators=(DictionaryLocator(DictionaryId("none")),)
                ),
            ),
            PronunciationDictionaryNotFound,
        ),
    ],
)
def test_wishes_are_refused_before_a_document_is_read(
    studio: Studio, wishes: ProjectWishes, error: type[Exception]
) -> None:
    """What no document can make good; what one might say may be left out."""
    check_wishes(studio.records, studio.workspace_id, TONES)
    check_wishes(studio.records, studio.workspace_id, ProjectWishes("Tides"))
    with pytest.raises(error):
        check_wishes(studio.records, studio.workspace_id, wishes)


def test_what_a_client_says_goes_before_the_document(studio: Studio) -> None:
    """Every field that both have."""
    said = ProjectWishes(
        " Tides\n",
        TONE_HIGH,
        TONE_LOW,
        QualityPreset.HIGH,
        title="T",
        author="A. Writer",
        description="D",
        language="fr",
        isbn_number="0-306-40615-2",
        details=ProjectDetails(genres=("sea",), volume_normalization=True),
    )
    project, _ = stored(studio, create(studio, said, make_document(RAIN)))
    assert project.name == "Tides"
    assert (project.title, project.author, project.description) == ("T", "A. Writer", "D")
    assert (project.language, project.isbn_number) == ("fr", "0-306-40615-2")
    assert (project.default_title_voice_id, project.default_paragraph_voice_id) == (TONE_HIGH, TONE_LOW)
    assert project.quality_preset is QualityPreset.HIGH
    assert project.details == said.details


@pytest.mark.parametrize(
    ("wished", "said", "language"),
    [
        (None, None, "en"),
        (None, "en-GB", "en-GB"),
        ("en", "en-GB", "en-GB"),
        ("de", "en-GB", "de"),
        ("de", None, "de"),
    ],
)
def test_the_language(studio: Studio, wished: str | None, said: str | None, language: str) -> None:
    """The client's, with the region that the document adds to it; else the document's; else English."""
    document = make_document(RAIN, language=said)
    project, _ = stored(studio, create(studio, replace(TONES, language=wished), document))
    assert project.language == language


def test_voices_that_nobody_named(studio: Studio) -> None:
    """One voice that is named reads titles and paragraphs; without any it is the first of the language."""
    title_only, _ = stored(studio, create(studio, ProjectWishes("x", default_title_voice_id=TONE_HIGH)))
    assert title_only.default_paragraph_voice_id == TONE_HIGH
    neither, _ = stored(studio, create(studio, ProjectWishes("x", language="de")))
    assert neither.default_title_voice_id == default_voice("de", engine_catalogue()).voice_id


def test_a_voice_is_kept_by_its_id(studio: Studio) -> None:
    """Whatever way it was named; but a premade voice stays what the client calls it."""
    named, _ = stored(studio, create(studio, ProjectWishes("x", VoiceId("Tone High"), RACHEL)))
    assert (named.default_title_voice_id, named.default_paragraph_voice_id) == (TONE_HIGH, RACHEL)


def test_content_becomes_chapters(studio: Studio) -> None:
    """With several voices in a block, and the voice of each node."""
    nodes = (SentNode("One.", TONE_HIGH), SentNode("Two.", VoiceId("TONE_LOW")), SentNode("Three."))
    content = (SentChapter("Rain", (SentBlock(nodes, "h1"),)),)

    _, (chapter,) = stored(studio, create(studio, TONES, content=content))

    (block,) = chapter.blocks
    assert (block.kind, block.sub_type) == (BlockKind.HEADING, "h1")
    assert [node.voice_id for node in block.nodes] == [TONE_HIGH, TONE_LOW, None]


@pytest.mark.parametrize(
    ("wishes", "content", "error"),
    [
        (ProjectWishes("x", VoiceId("nobody")), (), UnknownVoice),
        (ProjectWishes("  "), (), InvalidInput),
        (ProjectWishes("x", isbn_number="9" * 33), (), InvalidInput),
        (ProjectWishes("x", description="y" * 20_001), (), InvalidInput),
        (TONES, (SentChapter("x", (sent("x", VoiceId("nobody")),)),), UnknownVoice),
        (TONES, (SentChapter("x", (sent("\x00"),)),), InvalidInput),
    ],
    ids=["voice", "name", "isbn", "description", "node's voice", "character"],
)
def test_nothing_is_left_of_a_project_that_was_refused(
    studio: Studio, wishes: ProjectWishes, content: tuple[SentChapter, ...], error: type[Exception]
) -> None:
    """No project, no chapter, no entry in the log."""
    with pytest.raises(error):
        create(studio, wishes, content=content)
    with studio.records.read(studio.workspace_id) as tx:
        assert projects.list_projects(tx) == []
    assert actions(studio) == []


def test_projects_are_listed_newest_first(studio: Studio) -> None:
    """Those of other workspaces, and deleted ones, aren't."""
    first, gone, last = create(studio), create(studio), create(studio)
    delete_project(studio.records, studio.workspace_id, gone)
    with studio.records.read(studio.workspace_id) as tx:
        assert [project.project_id for project in projects.list_projects(tx)] == [last, first]
    with studio.records.read(STRANGER) as tx:
        assert projects.list_projects(tx) == []


def test_an_update_keeps_what_it_does_not_say(studio: Studio) -> None:
    """None is not said; empty words take a field away."""
    said = replace(TONES, title="T", author="A. Writer", isbn_number="1", details=ProjectDetails(("sea",)))
    project_id = create(studio, said)
    before, _ = stored(studio, project_id)

    change(studio, project_id, name="Ebb", author="", volume_normalization=True)

    after, _ = stored(studio, project_id)
    details = replace(before.details, volume_normalization=True)
    assert after == replace(before, name="Ebb", author=None, details=details)
    assert actions(studio) == ["project.created", "project.updated"]


def test_an_update_needs_a_voice_that_there_is(studio: Studio) -> None:
    """Unless it is one the project has already: a project outlives the voices that are installed."""
    project_id = create(studio)
    with pytest.raises(UnknownVoice):
        change(studio, project_id, default_title_voice_id=VoiceId("nobody"))
    with studio.records.write(studio.workspace_id) as tx:
        gone = replace(projects.get_project(tx, project_id), default_title_voice_id=VoiceId("nobody"))
        projects.save_project(tx, gone)
    change(studio, project_id, name="Ebb", default_title_voice_id=VoiceId("nobody"))
    assert stored(studio, project_id)[0].name == "Ebb"


def test_another_default_voice_speaks_the_text_again(studio: Studio) -> None:
    """What follows the default is stale; what names its voice is not."""
    content = (SentChapter("Rain", (sent("It rained."), sent("Nobody came.", TONE_LOW))),)
    project_id = create(studio, content=content)
    studio.run(studio.rendering.request_conversion(studio.workspace_id, project_id))

    change(studio, project_id, default_paragraph_voice_id=TONE_HIGH)

    again = studio.rendering.request_conversion(studio.workspace_id, project_id)
    studio.run(again)
    assert studio.count_spoken(again) == 1


def test_a_deleted_project_is_gone_and_stops_converting(studio: Studio) -> None:
    """It can't be read, changed or deleted again; nobody else can delete it; what waited for it is cancelled."""
    project_id = create(studio, document=make_document(RAIN))
    requested = studio.rendering.request_conversion(studio.workspace_id, project_id)
    other = studio.request(make_document(RAIN))
    with pytest.raises(ProjectNotFound):
        delete_project(studio.records, STRANGER, project_id)

    delete_project(studio.records, studio.workspace_id, project_id)

    with pytest.raises(ProjectNotFound):
        stored(studio, project_id)
    with pytest.raises(ProjectNotFound):
        change(studio, project_id)
    with pytest.raises(ProjectNotFound):
        delete_project(studio.records, studio.workspace_id, project_id)
    with pytest.raises(ProjectNotFound):
        create_chapter(studio.records, studio.workspace_id, project_id, name="x")
    ended = studio.rendering.get_conversion(studio.workspace_id, requested.conversion_id)
    assert ended.state == "cancelled"
    with studio.records.read(studio.workspace_id) as tx:
        unfinished = conversions.list_unfinished_conversions(tx)
    assert [conversion.conversion_id for conversion in unfinished] == [other.conversion_id]


def test_clean_up_leaves_nothing_of_a_deleted_project(studio: Studio) -> None:
    """Within a day and not before: rows, references and, in time, bytes. What another project made stays."""
    cover = Cover("image/png", b"\x89PNG" + bytes(50))
    kept = studio.convert(make_document(RAIN))
    project_id = create(studio, document=make_document(make_document_chapter("Snow."), cover=cover))
    studio.run(studio.rendering.request_conversion(studio.workspace_id, project_id))
    delete_project(studio.records, studio.workspace_id, project_id)
    policy = CleanupPolicy(unused_segment_ms=0)
    now_ms = time.time_ns() // 1_000_000

    early = clean_up(studio.records, studio.blobs, policy, now_ms=now_ms + policy.deleted_ms - 60_000)
    assert early.purged_projects == 0
    later = clean_up(studio.records, studio.blobs, policy, now_ms=now_ms + policy.deleted_ms + 60_000)
    assert later.purged_projects == 1
    assert later.evicted_segments > 0

    living = {studio.project_snapshot(kept).project_id}
    with studio.records.read(studio.workspace_id) as tx:
        for table in (
            schema.projects,
            schema.chapters,
            schema.conversions,
            schema.chapter_snapshots,
            schema.project_snapshots,
        ):
            assert set(tx.connection.execute(sa.select(table.c.project_id)).scalars()) == living
        owners = tx.connection.execute(sa.select(schema.segment_references.c.owner_id).distinct()).scalars()
        expected = {*tx.connection.execute(sa.select(schema.takes.c.take_id)).scalars()}
        expected |= {
            *tx.connection.execute(sa.select(schema.chapter_snapshots.c.chapter_snapshot_id)).scalars()
        }
        assert set(owners) == expected


def test_a_chapter_is_put_behind_the_others(studio: Studio) -> None:
    """Empty, named, and in its place; a project has no more than the limit."""
    project_id = create(studio, document=make_document(RAIN))
    create_chapter(studio.records, studio.workspace_id, project_id, name="Snow")
    create_chapter(studio.records, studio.workspace_id, project_id, name=" Hail ")

    _, chapters = stored(studio, project_id)

    assert [chapter.name for chapter in chapters] == ["Rain", "Snow", "Hail"]
    assert chapters[2].blocks == ()
    assert actions(studio)[1:] == ["chapter.created", "chapter.created"]
    with pytest.raises(InvalidInput, match="can't be empty"):
        create_chapter(studio.records, studio.workspace_id, project_id, name="")
    full = create(studio, content=tuple(SentChapter(None, ()) for _ in range(MAX_CHAPTERS)))
    with pytest.raises(InvalidInput, match="at most 2,000 chapters"):
        create_chapter(studio.records, studio.workspace_id, full, name="one more")


def test_an_edited_paragraph_costs_one_paragraph(studio: Studio) -> None:
    """The others keep their takes, and going back to the earlier text costs nothing."""
    project_id = create(studio, document=make_document(RAIN))
    studio.run(studio.rendering.request_conversion(studio.workspace_id, project_id))
    _, (before,) = stored(studio, project_id)
    first, second = before.blocks

    edit(
        studio,
        project_id,
        before.chapter_id,
        sent("It poured.", TONE_LOW, first.block_id),
        sent("Nobody came.", TONE_LOW, second.block_id),
    )

    _, (after,) = stored(studio, project_id)
    assert after.revision == before.revision + 1
    assert after.blocks[1] == second
    again = studio.rendering.request_conversion(studio.workspace_id, project_id)
    studio.run(again)
    assert studio.count_spoken(again) == 1
    edit(
        studio,
        project_id,
        before.chapter_id,
        sent("It rained.", TONE_LOW, first.block_id),
        sent("Nobody came."),
    )
    back = studio.rendering.request_conversion(studio.workspace_id, project_id)
    studio.run(back)
    assert studio.count_spoken(back) == 0


def test_an_update_that_changes_nothing_leaves_no_trace(studio: Studio) -> None:
    """Neither a revision nor an entry in the log; a name alone is a change."""
    note = make_document_block("See page nine.", kind=BlockKind.NOTE)
    project_id = create(studio, document=make_document(make_document_chapter("It rained.", note)))
    _, (before,) = stored(studio, project_id)
    shown = sent("It rained.", TONE_LOW, before.blocks[0].block_id)
    edit(studio, project_id, before.chapter_id, shown)
    assert stored(studio, project_id)[1] == (before,)
    assert actions(studio) == ["project.created"]

    update_chapter(studio.records, studio.workspace_id, project_id, before.chapter_id, name="Snow")

    _, (after,) = stored(studio, project_id)
    assert after == replace(before, name="Snow", revision=before.revision + 1)
    assert actions(studio) == ["project.created", "chapter.updated"]


def test_a_voice_that_is_no_longer_installed_may_be_sent_back(studio: Studio) -> None:
    """But not be given to a text that hasn't got it."""
    project_id = create(studio, document=make_document(RAIN, RAIN))
    _, (chapter, other) = stored(studio, project_id)
    gone = VoiceId("gone")
    with studio.records.write(studio.workspace_id) as tx:
        nodes = (replace(chapter.blocks[0].nodes[0], voice_id=gone),)
        voiced = replace(chapter, blocks=(replace(chapter.blocks[0], nodes=nodes),))
        projects.save_chapters(tx, project_id, [voiced, other])
    edit(studio, project_id, chapter.chapter_id, sent("It poured.", gone, chapter.blocks[0].block_id))
    assert stored(studio, project_id)[1][0].blocks[0].nodes[0].text == "It poured."
    with pytest.raises(UnknownVoice):
        edit(studio, project_id, other.chapter_id, sent("It poured.", gone))


def test_a_deleted_chapter_is_gone(studio: Studio) -> None:
    """Its conversion is cancelled, that of the project isn't, and the others stay in their order."""
    document = make_document(RAIN, make_document_chapter("Snow.", name="Snow"))
    project_id = create(studio, document=document)
    whole = studio.rendering.request_conversion(studio.workspace_id, project_id)
    _, (rain, snow) = stored(studio, project_id)
    alone = studio.rendering.request_conversion(studio.workspace_id, project_id, rain.chapter_id)
    for workspace_id, wrong in ((STRANGER, project_id), (studio.workspace_id, create(studio))):
        with pytest.raises(NotFound):
            delete_chapter(studio.records, workspace_id, wrong, rain.chapter_id)

    delete_chapter(studio.records, studio.workspace_id, project_id, rain.chapter_id)

    assert stored(studio, project_id)[1] == (snow,)
    with pytest.raises(ChapterNotFound):
        delete_chapter(studio.records, studio.workspace_id, project_id, rain.chapter_id)
    with pytest.raises(ChapterNotFound):
        edit(studio, project_id, rain.chapter_id)
    states = {
        requested.conversion_id: studio.rendering.get_conversion(
            studio.workspace_id, requested.conversion_id
        ).state
        for requested in (whole, alone)
    }
    assert states[alone.conversion_id] == "cancelled"
    assert states[whole.conversion_id] in ("in_queue", "converting")
