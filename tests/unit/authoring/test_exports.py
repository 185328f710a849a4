"""The second project that an export is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.factories import (
    TONE_HIGH,
    WORKSPACE,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    open_studio,
)

from rhapsode.authoring.exports import ExportWishes, KeptExport, keep_export
from rhapsode.authoring.projects import delete_project
from rhapsode.delivery.downloads import open_chapter
from rhapsode.delivery.exports import list_export_files
from rhapsode.storage import projects, takes
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import InvalidInput, ProjectNotFound
from rhapsode.studio.ids import ProjectId, ProjectSnapshotId, TakeId, new_id
from rhapsode.studio.project import Chapter, Project, QualityPreset, Take
from rhapsode.studio.voice import VoiceSettings

RAIN = make_document_chapter("It rained.", "Nobody came.", name="Rain")
FOG = make_document_chapter("Then came fog.", name="Fog/Mist")
BOOK = make_document(RAIN, FOG)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def export(studio: Studio, project_id: ProjectId, **wishes: Any) -> KeptExport:
    return keep_export(studio.records, WORKSPACE, project_id, ExportWishes(**wishes))


def stored(studio: Studio, project_id: ProjectId) -> tuple[Project, tuple[Chapter, ...]]:
    with studio.records.read(WORKSPACE) as tx:
        return projects.get_project(tx, project_id), projects.list_chapters(tx, project_id)


def texts(chapters: tuple[Chapter, ...]) -> dict[str, list[str]]:
    return {chapter.name: [block.text for block in chapter.blocks] for chapter in chapters}


def exported(studio: Studio, project_id: ProjectId) -> tuple[KeptExport, ProjectSnapshotId, int]:
    """Export and convert; how much was spoken for it."""
    kept = export(studio, project_id)
    requested = studio.rendering.request_conversion(WORKSPACE, kept.project_id)
    return kept, studio.run(requested), studio.count_spoken(requested)


def test_an_export_has_credits_and_a_sample(studio: Studio) -> None:
    """Around the chapters as they are, in the quality and at the level that shops want."""
    kept = export(studio, studio.save(BOOK), narrator="A. Writer", copyright_line="2026 Ida Strand")
    project, chapters = stored(studio, kept.project_id)
    names = ["Written by Ida Strand.", "Narrated by A. Writer."]
    assert texts(chapters) == {
        "Opening Credits": ["Tides.", *names],
        "Rain": ["It rained.", "Nobody came."],
        "Fog/Mist": ["Then came fog."],
        "Closing Credits": ["The End.", "Tides.", *names, "2026 Ida Strand."],
        "Retail Sample": ["It rained.", "Nobody came."],
    }
    assert project.quality_preset is QualityPreset.HIGH
    assert project.details.volume_normalization
    assert kept.sample_id == chapters[-1].chapter_id


def test_files_have_names_in_upload_order(studio: Studio) -> None:
    """The sample stands apart, and no name holds what a file system refuses."""
    kept, snapshot_id, _ = exported(studio, studio.save(BOOK))
    files = list_export_files(studio.records, WORKSPACE, snapshot_id, kept.sample_id)
    assert [file.name for file in files] == [
        "01 Opening Credits.mp3",
        "02 Rain.mp3",
        "03 Fog Mist.mp3",
        "04 Closing Credits.mp3",
        "Retail Sample.mp3",
    ]
    for file in files:
        download = open_chapter(studio.records, studio.blobs, WORKSPACE, file.chapter_snapshot_id)
        assert sum(map(len, download.content)) == download.size_bytes > 10_000


def test_a_narrated_book_is_not_spoken_again(studio: Studio) -> None:
    """Only its credits are, and after an edit what was edited; the sample costs nothing."""
    studio.convert(BOOK)
    _, _, credits_spoken = exported(studio, studio.save(BOOK))
    # The title, two names and the end; what is said at both ends is spoken once.
    assert credits_spoken == 4

    edited = make_document(replace(RAIN, blocks=(make_document_block("It snowed."), *RAIN.blocks[1:])), FOG)
    _, _, edit_spoken = exported(studio, studio.save(edited))
    assert edit_spoken == 1
    requested = studio.request(edited)
    studio.run(requested)
    assert studio.count_spoken(requested) == 0


def test_nothing_changes_from_export_to_export(studio: Studio) -> None:
    """The project is the same, and so is every snapshot of a chapter."""
    project_id = studio.save(BOOK)
    first, before, _ = exported(studio, project_id)
    assert first.changed
    assert export(studio, project_id) == replace(first, changed=False)
    _, after, spoken = exported(studio, project_id)
    snapshots = [studio.project_snapshot(each).chapter_snapshot_ids for each in (before, after)]
    assert snapshots[0] == snapshots[1]
    assert spoken == 0


def test_a_chapter_over_two_hours_is_two_files(studio: Studio) -> None:
    """Cut at a paragraph, and whole again when it is shorter."""
    words = "Rain fell on the quay. " * 60
    count = 2 * 3_600 * 14 // len(words) + 3
    long = make_document_chapter(*(f"{number}. {words}" for number in range(count)), name="Rain")
    kept = export(studio, studio.save(make_document(long, FOG)))
    _, chapters = stored(studio, kept.project_id)
    parts = texts(chapters)
    assert list(parts)[1:4] == ["Rain (part 1)", "Rain (part 2)", "Fog/Mist"]
    assert len(parts["Rain (part 1)"]) + len(parts["Rain (part 2)"]) == count
    assert 5 * 60 * 14 > sum(map(len, parts["Retail Sample"])) > 3 * 60 * 14

    kept = export(studio, studio.save(BOOK))
    assert list(texts(stored(studio, kept.project_id)[1]))[1:3] == ["Rain", "Fog/Mist"]
    kept = export(studio, studio.save(make_document(long, FOG)))
    assert texts(stored(studio, kept.project_id)[1]) == parts


def test_measured_lengths_replace_guesses(studio: Studio) -> None:
    """Tones are quicker than was guessed, so that more of a book is in its sample once it was converted."""
    paragraphs = [f"{number:02}. {'Rain fell. ' * 60}" for number in range(7)]
    project_id = studio.save(make_document(make_document_chapter(*paragraphs, name="Rain")))
    kept, _, _ = exported(studio, project_id)
    guessed = texts(stored(studio, kept.project_id)[1])["Retail Sample"]

    assert export(studio, project_id).changed
    measured = texts(stored(studio, kept.project_id)[1])["Retail Sample"]
    assert paragraphs[: len(guessed)] == guessed
    assert len(measured) > len(guessed)
    _, snapshot_id, spoken = exported(studio, project_id)
    assert spoken == 0
    assert not export(studio, project_id).changed
    *_, sample = list_export_files(studio.records, WORKSPACE, snapshot_id, kept.sample_id)
    assert 240 < sample.audio_s <= 300


def test_a_project_goes_as_it_is(studio: Studio) -> None:
    """With the voices and settings that it has; what isn't heard there isn't heard in its export."""
    note = make_document_block("A note.", kind=BlockKind.NOTE)
    imprint = make_document_chapter("1990.", name="Imprint", narrated=False)
    project_id = studio.save(make_document(replace(RAIN, blocks=(*RAIN.blocks, note)), FOG, imprint))
    project, (rain, fog, imprint_kept) = stored(studio, project_id)
    details = replace(
        project.details,
        voice_settings={TONE_HIGH: VoiceSettings(speed=0.9)},
        voice_gains={TONE_HIGH: 3.0},
        callback_url="http://127.0.0.1:9/told",
    )
    (node,) = rain.blocks[0].nodes
    spoken_by = replace(rain.blocks[0], nodes=(replace(node, voice_id=TONE_HIGH),))
    with studio.records.write(WORKSPACE) as tx:
        projects.save_project(tx, replace(project, details=details))
        chapters = (
            replace(rain, blocks=(spoken_by, *rain.blocks[1:])),
            replace(fog, muted=True),
            imprint_kept,
        )
        projects.save_chapters(tx, project_id, chapters)

    kept = export(studio, project_id, credits=False)
    copy, (rain_copy, sample) = stored(studio, kept.project_id)

    assert copy.details == replace(details, volume_normalization=True, callback_url=None)
    assert [block.text for block in rain_copy.blocks] == ["It rained.", "Nobody came."]
    assert [node.voice_id for block in rain_copy.blocks for node in block.nodes] == [TONE_HIGH, None]
    assert sample.chapter_id == kept.sample_id


def test_a_take_that_was_chosen_is_exported(studio: Studio) -> None:
    """A node that says what another take says does so in the export too, whatever would be spoken now."""
    studio.convert(BOOK)
    project_id = studio.save(BOOK)
    _, (rain, fog) = stored(studio, project_id)
    (node,), (other,) = rain.blocks[0].nodes, fog.blocks[0].nodes
    assert node.take is not None
    assert other.take is not None
    part = replace(node.take.parts[0], speech_key=other.take.parts[0].speech_key)
    chosen = Take(TakeId(new_id()), node.take.source_key, (part,))
    with studio.records.write(WORKSPACE) as tx:
        takes.set_takes(tx, [(node.node_id, chosen)])

    _, snapshot_id, _ = exported(studio, project_id)
    _, chapter, *_, sample = studio.chapter_snapshots(snapshot_id)
    for snapshot in (chapter, sample):
        spoken = [part.speech_key for part in studio.parts(snapshot.chapter_snapshot_id) if part.speech_key]
        assert spoken[0] == part.speech_key


def test_a_locked_block_stays_as_it_is(studio: Studio) -> None:
    """In the export too, where it goes on with the voice that it had when it was locked."""
    studio.convert(BOOK)
    project_id = studio.save(BOOK)
    project, (rain, fog) = stored(studio, project_id)
    locked = replace(rain.blocks[0], locked=True)
    with studio.records.write(WORKSPACE) as tx:
        projects.save_project(tx, replace(project, default_paragraph_voice_id=TONE_HIGH))
        projects.save_chapters(tx, project_id, (replace(rain, blocks=(locked, *rain.blocks[1:])), fog))

    _, snapshot_id, _ = exported(studio, project_id)
    _, chapter, *_ = studio.chapter_snapshots(snapshot_id)
    spoken = [part.speech_key for part in studio.parts(chapter.chapter_snapshot_id) if part.speech_key]
    before = [node.take.parts[0].speech_key for block in rain.blocks for node in block.nodes if node.take]
    assert spoken[0] == before[0]
    assert spoken[1] != before[1]


def test_an_export_is_nobodys_project(studio: Studio) -> None:
    """It isn't listed, can't be exported itself, and goes with what it was made of."""
    project_id = studio.save(BOOK)
    kept = export(studio, project_id)
    with studio.records.read(WORKSPACE) as tx:
        assert [project.project_id for project in projects.list_projects(tx)] == [project_id]
    with pytest.raises(InvalidInput, match="is an export itself"):
        export(studio, kept.project_id)
    delete_project(studio.records, WORKSPACE, project_id)
    with pytest.raises(ProjectNotFound):
        stored(studio, kept.project_id)


def test_nothing_to_export(studio: Studio) -> None:
    """A project that nobody narrates is refused in a sentence, one that isn't there isn't found."""
    project_id = studio.save(make_document(replace(RAIN, narrated=False)), None)
    with pytest.raises(InvalidInput, match="nothing to export"):
        export(studio, project_id)
    with pytest.raises(ProjectNotFound):
        export(studio, ProjectId("nothing"))
    with pytest.raises(InvalidInput, match="The narrator"):
        export(studio, studio.save(BOOK), narrator="x" * 1000)
