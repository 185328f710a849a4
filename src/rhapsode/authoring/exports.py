"""A project as shops want it: a second project of the same text, with credits, in files of the right length.

It is known by its origin, and all in it by ids that are derived from those of the text. So a later export meets it
again, and what hasn't changed keeps its audio. It has no place in lists of projects, and goes with the project that
it was made of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.authoring.checks import checked_words
from rhapsode.authoring.export_copies import copied, copy_takes, nodes_of, with_takes
from rhapsode.authoring.export_credits import Credits, closing_credits, opening_credits
from rhapsode.authoring.export_cuts import Limits, choose_sample, cut_chapter
from rhapsode.storage import projects, snapshots
from rhapsode.storage.audit import add_audit_entry
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.document import BlockKind
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import (
    BlockId,
    ChapterId,
    NodeId,
    ProjectId,
    WorkspaceId,
    new_id,
)
from rhapsode.studio.project import Block, Chapter, Node, Project, QualityPreset
from rhapsode.studio.snapshot import SnapshotPart
from rhapsode.voices.catalogue import open_catalogue

Preset = Literal["acx"]
OPENING, CLOSING, SAMPLE = "Opening Credits", "Closing Credits", "Retail Sample"
"""What shops call the files that a book has beside its chapters, in every language."""

_ACX = Limits(file_s=120 * 60, sample_s=5 * 60, sample_wanted_s=60)
_SECONDS_PER_FRAME = FRAME_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class ExportWishes:
    """What somebody says of an export.

    narrator: in place of the voice's name.    credits: whether any are spoken.
    copyright_line: spoken at the end, as it is.
    """

    preset: Preset = "acx"
    narrator: str | None = None
    credits: bool = True
    copyright_line: str | None = None


@dataclass(frozen=True, slots=True)
class KeptExport:
    """The project of an export.

    changed: whether its text, or where it is cut, is another than before: it has to be converted (again).
    sample_id: the chapter that is the sample for buyers; None where no paragraph is short enough.
    """

    project_id: ProjectId
    changed: bool
    sample_id: ChapterId | None


def export_origin(project_id: ProjectId, preset: Preset = "acx") -> str:
    """Where an export comes from, as its project says it."""
    return f"{projects.EXPORT_ORIGIN}{preset}:{project_id}"


def keep_export(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, wishes: ExportWishes
) -> KeptExport:
    """Make the export of a project, or bring it up to date with that.

    How long its paragraphs are is known when it has been converted, and guessed before. So whoever wants it cut
    well keeps it again after each conversion, until nothing changes any more: nothing is spoken for that.
    Raises: ProjectNotFound; InvalidInput, when nothing of the project is heard, or it is an export itself.
    """
    with records.write(workspace_id) as tx:
        source = projects.get_project(tx, project_id)
        text = _heard(tx, source)
        stored = projects.find_project_by_origin(tx, export_origin(project_id, wishes.preset))
        export = _project(tx, source, stored, wishes.preset)
        before = () if stored is None else projects.list_chapters(tx, export.project_id)
        known_s = _known_lengths(tx, export.project_id)
        sample = _sample(export.project_id, text, known_s)
        wanted = [*_book(tx, export, text, known_s, wishes), *sample]
        takes_before = {node.node_id: node.take for node in nodes_of(before)}
        projects.save_project(tx, export)
        projects.save_chapters(tx, export.project_id, [with_takes(c, takes_before) for c in wanted])
        copy_takes(tx, takes_before, wanted)
        add_audit_entry(tx, actor="command line", action="project.exported", object_id=project_id)
    return KeptExport(
        export.project_id,
        changed=[with_takes(c, {}) for c in before] != [with_takes(c, {}) for c in wanted],
        sample_id=sample[0].chapter_id if sample else None,
    )


def _heard(tx: Transaction, source: Project) -> list[Chapter]:
    """The chapters that its own audio has. Raises: InvalidInput."""
    if source.origin is not None and source.origin.startswith(projects.EXPORT_ORIGIN):
        msg = "This project is an export itself. Export the project that it was made of."
        raise InvalidInput(msg)
    chapters = projects.list_chapters(tx, source.project_id)
    heard = [_narrated(chapter) for chapter in chapters if chapter.is_spoken and not chapter.muted]
    if not heard:
        msg = "Nothing of this project is narrated, so there is nothing to export."
        raise InvalidInput(msg)
    return heard


def _narrated(chapter: Chapter) -> Chapter:
    return replace(chapter, blocks=tuple(block for block in chapter.blocks if block.narrated))


def _project(tx: Transaction, source: Project, stored: Project | None, preset: Preset) -> Project:
    """The same voices, settings and dictionaries, as loud and as good as a shop wants it."""
    details = replace(source.details, volume_normalization=True, callback_url=None)
    return replace(
        source,
        project_id=ProjectId(new_id()) if stored is None else stored.project_id,
        created_at_ms=tx.now_ms if stored is None else stored.created_at_ms,
        quality_preset=QualityPreset.HIGH,
        origin=export_origin(source.project_id, preset),
        details=details,
    )


def _known_lengths(tx: Transaction, project_id: ProjectId) -> dict[str, float]:
    """Seconds of each block that was converted, with the pause before it, by its text."""
    latest = snapshots.list_latest_chapter_snapshots(tx, project_id).values()
    oldest_first = sorted(latest, key=lambda snapshot: snapshot.chapter_snapshot_id)
    found: dict[str, float] = {}
    for snapshot in oldest_first:
        found |= block_lengths(snapshots.get_parts(tx, snapshot.chapter_snapshot_id))
    return found


def block_lengths(parts: Sequence[SnapshotPart]) -> Iterator[tuple[str, float]]:
    """(text, seconds) of each block of a snapshot, with the pause before it and those between its sentences."""
    for _, group in groupby(_with_pauses(parts), key=lambda said: said[0].block_id):
        said = list(group)
        length_s = sum(frame_count for _, frame_count in said) * _SECONDS_PER_FRAME
        yield "".join(part.text for part, _ in said), length_s


def _with_pauses(parts: Sequence[SnapshotPart]) -> Iterator[tuple[SnapshotPart, int]]:
    """What is spoken, and how many frames it takes with the pause before it."""
    pause_frames = 0
    for part in parts:
        if part.block_id is None:
            pause_frames += part.frame_count
        else:
            yield part, pause_frames + part.frame_count
            pause_frames = 0


def _book(
    tx: Transaction,
    export: Project,
    text: Sequence[Chapter],
    known_s: Mapping[str, float],
    wishes: ExportWishes,
) -> Iterator[Chapter]:
    """All chapters but the sample, in order."""
    said = _credits(tx, export, wishes)
    if wishes.credits:
        yield _spoken_chapter(export.project_id, OPENING, opening_credits(said))
    for chapter in text:
        pieces = cut_chapter(chapter, known_s, _ACX)
        for number, blocks in enumerate(pieces, start=1):
            name = chapter.name if len(pieces) == 1 else f"{chapter.name} (part {number})"
            yield copied(
                export.project_id, f"{chapter.chapter_id} {number}", replace(chapter, name=name), blocks
            )
    if wishes.credits:
        yield _spoken_chapter(export.project_id, CLOSING, closing_credits(said))


def _sample(
    project_id: ProjectId, text: Sequence[Chapter], known_s: Mapping[str, float]
) -> tuple[Chapter, ...]:
    blocks = choose_sample(text, known_s, _ACX)
    return (copied(project_id, SAMPLE, Chapter(ChapterId(""), SAMPLE, ()), blocks),) if blocks else ()


def _credits(tx: Transaction, export: Project, wishes: ExportWishes) -> Credits:
    voice_id = export.default_paragraph_voice_id
    return Credits(
        title=export.title or export.name,
        language=export.language,
        author=export.author,
        narrator=checked_words(wishes.narrator, what="The narrator") or open_catalogue(tx).name_of(voice_id),
        copyright_line=checked_words(wishes.copyright_line, what="The copyright"),
    )


def _spoken_chapter(project_id: ProjectId, name: str, paragraphs: Sequence[str]) -> Chapter:
    # A list, whose pauses are short: a file of a few words that is mostly silence is less loud than it has to be.
    blocks = (
        Block(BlockId(str(index)), BlockKind.LIST_ITEM, "p", (Node(NodeId("0"), text),))
        for index, text in enumerate(paragraphs)
    )
    return copied(project_id, name, Chapter(ChapterId(""), name, ()), tuple(blocks))
