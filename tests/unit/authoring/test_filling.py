"""Documents and content that replace what a project was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    make_project,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.content import SentBlock, SentChapter, SentNode
from rhapsode.authoring.filling import (
    Unsaid,
    described,
    fill_with_document,
    replace_with_content,
    replace_with_document,
    single_chapter_blocks,
)
from rhapsode.authoring.projects import ProjectWishes, create_project
from rhapsode.authoring.voices import default_voice
from rhapsode.storage import projects
from rhapsode.studio.document import BlockKind, Cover, Document
from rhapsode.studio.errors import ProjectNotFound, UnknownVoice
from rhapsode.studio.ids import ProjectId, VoiceId
from rhapsode.studio.project import Chapter, Project
from rhapsode.voices.catalogue import engine_catalogue

RAIN = make_document_chapter("It rained.", "Nobody came.", name="Rain")
NOTE = make_document_block("See below.", kind=BlockKind.NOTE)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def create(studio: Studio, document: Document | None = None) -> ProjectId:
    wishes = ProjectWishes("Tides", TONE_LOW)
    return create_project(studio.records, studio.blobs, WORKSPACE, wishes, document=document)


def stored(studio: Studio, project_id: ProjectId) -> tuple[Project, tuple[Chapter, ...]]:
    with studio.records.read(WORKSPACE) as tx:
        return projects.get_project(tx, project_id), projects.list_chapters(tx, project_id)


def test_an_empty_project_is_described_by_its_document() -> None:
    """In what nobody has said, and only in that."""
    project = replace(make_project(), title=None, author="A. Writer")
    document = replace(make_document(RAIN, language="de"), isbn_number="0-306-40615-2")

    kept = described(project, document, Unsaid(), engine_catalogue())
    open_ = described(project, document, Unsaid(language=True), engine_catalogue())

    assert (kept.title, kept.author, kept.isbn_number) == ("Tides", "A. Writer", "0-306-40615-2")
    assert (kept.language, open_.language) == ("en", "de")
    assert open_.default_title_voice_id == TONE_LOW


@pytest.mark.parametrize(
    ("said", "document", "language"),
    [("en", "en-GB", "en-GB"), ("en-GB", "en-US", "en-GB"), ("de", "en", "de"), ("en", None, "en")],
)
def test_a_language_that_was_said_stays(said: str, document: str | None, language: str) -> None:
    """Its region may be the document's."""
    project = described(
        make_project(language=said), make_document(RAIN, language=document), Unsaid(), engine_catalogue()
    )
    assert project.language == language


@pytest.mark.parametrize(("unsaid", "language"), [(Unsaid(language=True), "de"), (Unsaid(), "en")])
def test_a_document_that_says_no_language_is_told_by_its_words(unsaid: Unsaid, language: str) -> None:
    """Where nobody has said anything else; what isn't narrated says nothing."""
    german = "Der Hafen war still, als Ida die Stufen herabkam, und nicht einmal ein Hund bellte."
    notes = [make_document_block("The lamp and the boat of the harbour.", kind=BlockKind.NOTE)] * 20
    document = make_document(make_document_chapter(*notes, *[german] * 10, name="Hafen"), language=None)
    assert described(make_project(language="en"), document, unsaid, engine_catalogue()).language == language


def test_voices_that_nobody_has_chosen_speak_the_document_s_language() -> None:
    """One that was chosen meanwhile reads on."""
    need_espeak()
    unsaid, document = Unsaid(language=True, voices=True), make_document(RAIN, language="de")
    catalogue = engine_catalogue()
    blank = make_project(voice_id=default_voice("en", catalogue).voice_id)
    german = default_voice("de", catalogue).voice_id
    assert described(blank, document, unsaid, catalogue).default_title_voice_id == german
    chosen = replace(blank, default_title_voice_id=TONE_HIGH)
    assert described(chosen, document, unsaid, catalogue).default_title_voice_id == TONE_HIGH


def test_a_document_in_another_language_says_so_in_its_blocks(studio: Studio) -> None:
    """The project keeps its language and its voices; what was marked already stays marked."""
    project_id = create(studio, make_document(RAIN))
    french = make_document_block("Il pleut.", language="fr")
    new = make_document(make_document_chapter("Es regnete.", french, name="Rain"), language="de-AT")

    replace_with_document(studio.records, studio.blobs, WORKSPACE, project_id, new)

    project, (chapter,) = stored(studio, project_id)
    assert project.language == "en"
    assert [block.language for block in chapter.blocks] == ["de-AT", "fr"]
    replace_with_document(studio.records, studio.blobs, WORKSPACE, project_id, make_document(RAIN))
    assert [block.language for block in stored(studio, project_id)[1][0].blocks] == [None, None]


def test_filling_again_changes_nothing(studio: Studio) -> None:
    """What a kill has interrupted is done once more: the same blocks, and the same revision."""
    project_id, document = create(studio), make_document(RAIN, cover=Cover("image/png", b"\x89PNG"))
    for _ in range(2):
        fill_with_document(studio.records, studio.blobs, WORKSPACE, project_id, document, Unsaid())
        before = stored(studio, project_id)
    assert stored(studio, project_id) == before
    assert before[1][0].revision == 1
    assert before[0].cover_key is not None


def test_a_project_that_is_gone_is_not_filled(studio: Studio) -> None:
    """Nothing comes back."""
    with pytest.raises(ProjectNotFound):
        fill_with_document(studio.records, studio.blobs, WORKSPACE, ProjectId("gone"), make_document(RAIN))


def test_content_keeps_what_nobody_saw_in_it(studio: Studio) -> None:
    """Notes stay behind their paragraph; a chapter that changed has a new revision, one that didn't has not."""
    document = make_document(
        make_document_chapter("It rained.", NOTE, "Nobody came.", name="Rain"),
        make_document_chapter("It snowed.", name="Snow"),
    )
    project_id = create(studio, document)
    sent = [
        SentChapter("Rain", tuple(SentBlock((SentNode(t),)) for t in ("It rained.", "They came."))),
        SentChapter("Snow", (SentBlock((SentNode("It snowed."),)),)),
    ]
    replace_with_content(studio.records, WORKSPACE, project_id, sent)
    _, (rain, snow) = stored(studio, project_id)
    assert [block.text for block in rain.blocks] == ["It rained.", "See below.", "They came."]
    assert (rain.revision, snow.revision) == (2, 1)


def test_content_in_voices_that_are_gone(studio: Studio) -> None:
    """A voice that the project has is good, installed or not; another has to be installed."""
    ghost = VoiceId("ghost")
    project_id = create(studio, make_document(RAIN))
    project, (chapter,) = stored(studio, project_id)
    with studio.records.write(WORKSPACE) as tx:
        nodes = (replace(chapter.blocks[0].nodes[0], voice_id=ghost),)
        blocks = (replace(chapter.blocks[0], nodes=nodes), *chapter.blocks[1:])
        projects.save_chapters(tx, project_id, [replace(chapter, blocks=blocks)])
    sent = [SentChapter("Rain", (SentBlock((SentNode("It rained.", ghost),)),))]
    replace_with_content(studio.records, WORKSPACE, project.project_id, sent)
    assert stored(studio, project_id)[1][0].blocks[0].nodes == nodes

    with pytest.raises(UnknownVoice):
        replace_with_content(
            studio.records,
            WORKSPACE,
            project_id,
            [SentChapter("x", (SentBlock((SentNode("x", VoiceId("y")),)),))],
        )


def test_a_document_as_one_chapter() -> None:
    """All that is narrated of it, in order."""
    document = make_document(
        make_document_chapter("Imprint.", name="Imprint", narrated=False),
        RAIN,
        make_document_chapter("It snowed."),
    )
    blocks = single_chapter_blocks(make_project(), document)
    assert [block.text for block in blocks] == ["It rained.", "Nobody came.", "It snowed."]
