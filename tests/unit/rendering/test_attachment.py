"""What becomes of converted text when a project gets other pronunciation dictionaries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import Studio, make_document, make_document_chapter, need_espeak, open_studio

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.dictionaries import DictionaryWishes, add_rules, create_dictionary, update_dictionary
from rhapsode.rendering.attachment import attach_dictionaries
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.statistics import measure_chapters
from rhapsode.storage import outlines, projects
from rhapsode.storage.dictionaries import Dictionary
from rhapsode.studio.errors import ProjectNotFound
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId, VoiceId, new_id
from rhapsode.studio.project import Take
from rhapsode.studio.pronunciation import AliasRule, DictionaryLocator, PhonemeRule, PronunciationRule

BOOK = make_document(
    make_document_chapter("The quay was empty.", "It rained.", "A dog on the quay.", name="Rain"),
    make_document_chapter("The sea was flat.", name="Sea"),
)
QUAY = AliasRule("quay", "key")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def dictionary(studio: Studio, *rules: PronunciationRule) -> Dictionary:
    return create_dictionary(studio.records, studio.workspace_id, DictionaryWishes("Words"), rules)


def attach(
    studio: Studio, project_id: ProjectId, *dictionaries: Dictionary, invalidate_affected_text: bool = True
) -> None:
    """Give a project the latest versions of dictionaries."""
    locators = [DictionaryLocator(d.dictionary_id) for d in dictionaries]
    with studio.records.write(studio.workspace_id) as tx:
        attach_dictionaries(tx, project_id, locators, invalidate_affected_text=invalidate_affected_text)


def convert(studio: Studio, project_id: ProjectId) -> tuple[ProjectSnapshotId, int]:
    """Convert a project: its snapshot, and how many segments were spoken for it."""
    requested = studio.rendering.request_conversion(studio.workspace_id, project_id)
    return studio.run(requested), studio.count_spoken(requested)


def unconverted(studio: Studio, project_id: ProjectId) -> list[int]:
    """How many paragraphs of each chapter aren't converted as they are now."""
    with studio.records.read(studio.workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        sources = get_project_sources(tx, project)
        statistics = measure_chapters(outlines.list_node_outlines(tx, project_id), sources)
    return [chapter.paragraphs.unconverted for chapter in statistics.values()]


def takes(studio: Studio, project_id: ProjectId) -> list[Take | None]:
    """The current take of each node, in order."""
    with studio.records.read(studio.workspace_id) as tx:
        chapters = projects.list_chapters(tx, project_id)
    return [node.take for chapter in chapters for block in chapter.blocks for node in block.nodes]


def spoken(studio: Studio, snapshot_id: ProjectSnapshotId) -> list[str]:
    """What was spoken for each paragraph, where that differs from what is written; else what is written."""
    return [
        part.spoken_text or part.text
        for chapter in studio.chapter_snapshots(snapshot_id)
        for part in studio.parts(chapter.chapter_snapshot_id)
        if part.speech_key
    ]


def test_only_what_a_rule_touches_is_unconverted(studio: Studio) -> None:
    """Converting again speaks those paragraphs, as the rule says, and nothing else."""
    project_id = studio.save(BOOK)
    assert convert(studio, project_id)[1] == 4

    attach(studio, project_id, dictionary(studio, QUAY, AliasRule("nowhere", "x")))

    assert unconverted(studio, project_id) == [2, 0]
    snapshot_id, spoken_count = convert(studio, project_id)
    assert spoken_count == 2
    assert spoken(studio, snapshot_id) == [
        "The key was empty.",
        "It rained.",
        "A dog on the key.",
        "The sea was flat.",
    ]
    assert unconverted(studio, project_id) == [0, 0]


def test_taking_a_dictionary_away(studio: Studio) -> None:
    """What it touched is unconverted again, and what was spoken before it came is still there."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    before = takes(studio, project_id)
    attach(studio, project_id, dictionary(studio, QUAY))
    convert(studio, project_id)

    attach(studio, project_id)

    assert unconverted(studio, project_id) == [2, 0]
    assert convert(studio, project_id)[1] == 0
    assert takes(studio, project_id) == before


def test_what_was_converted_may_stand(studio: Studio) -> None:
    """Then nothing is stale, nothing is spoken, and the files are the same; an edited text heeds the rules."""
    project_id = studio.save(BOOK)
    snapshot_id, _ = convert(studio, project_id)
    before = takes(studio, project_id)

    attach(studio, project_id, dictionary(studio, QUAY), invalidate_affected_text=False)

    assert unconverted(studio, project_id) == [0, 0]
    after = takes(studio, project_id)
    assert [take and take.parts for take in after] == [take and take.parts for take in before]
    assert [take == earlier for take, earlier in zip(after, before, strict=True)] == [
        False,
        True,
        False,
        True,
    ]
    again_id, spoken_count = convert(studio, project_id)
    assert spoken_count == 0
    assert studio.chapter_snapshots(again_id) == studio.chapter_snapshots(snapshot_id)
    edited = make_document(
        make_document_chapter("The quay is full.", "It rained.", "A dog on the quay.", name="Rain"),
        make_document_chapter("The sea was flat.", name="Sea"),
    )
    studio.save(edited)
    newest_id, spoken_count = convert(studio, project_id)
    assert spoken_count == 1
    assert spoken(studio, newest_id)[:3] == ["The key is full.", "It rained.", "A dog on the quay."]


def test_what_stood_can_be_converted_after_all(studio: Studio) -> None:
    """Attached once more, now with effect, the rules are heard."""
    project_id = studio.save(BOOK)
    convert(studio, project_id)
    words = dictionary(studio, QUAY)
    attach(studio, project_id, words, invalidate_affected_text=False)
    attach(studio, project_id)

    attach(studio, project_id, words)

    assert unconverted(studio, project_id) == [2, 0]
    snapshot_id, spoken_count = convert(studio, project_id)
    assert spoken_count == 2
    assert spoken(studio, snapshot_id)[0] == "The key was empty."


def test_stale_text_stays_stale(studio: Studio) -> None:
    """Letting things stand makes nothing converted that wasn't."""
    project_id = studio.save(BOOK)

    attach(studio, project_id, dictionary(studio, QUAY), invalidate_affected_text=False)

    assert unconverted(studio, project_id) == [3, 1]
    assert takes(studio, project_id) == [None] * 4


def test_the_latest_version_is_followed(studio: Studio) -> None:
    """A new rule makes what it touches stale; an archived dictionary goes on working where it is attached."""
    project_id = studio.save(BOOK)
    words = dictionary(studio, QUAY)
    attach(studio, project_id, words)
    convert(studio, project_id)

    add_rules(studio.records, studio.workspace_id, words.dictionary_id, [AliasRule("sea", "see")])
    update_dictionary(studio.records, studio.workspace_id, words.dictionary_id, archived=True)

    assert unconverted(studio, project_id) == [0, 1]
    snapshot_id, spoken_count = convert(studio, project_id)
    assert spoken_count == 1
    assert spoken(studio, snapshot_id)[-1] == "The see was flat."


def test_phonemes_touch_what_can_be_pronounced(studio: Studio) -> None:
    """A rule in phonemes makes text stale for an engine that heeds it, and for no other."""
    need_espeak()
    rule = PhonemeRule("rained", "ɹeɪnd", "ipa")
    for voice_id, expected in (("espeak_birch", [1, 0]), ("tone_low", [0, 0])):
        project_id = studio.save(BOOK, BookOptions(VoiceId(voice_id)))
        convert(studio, project_id)
        attach(studio, project_id, dictionary(studio, rule))
        assert unconverted(studio, project_id) == expected
        attach(studio, project_id)


def test_a_project_that_is_not_there(studio: Studio) -> None:
    """Is an error, and nothing is written."""
    with pytest.raises(ProjectNotFound):
        attach(studio, ProjectId(new_id()))
