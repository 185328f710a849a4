"""What a file in any format says of the book, and the book's segments in another encoding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rhapsode.audio.encoding import Encoding
from rhapsode.audio.m4b_tags import COVER_TYPES
from rhapsode.audio.tags import CoverShape, Tags
from rhapsode.audio.vorbis_comments import picture_block
from rhapsode.delivery.formats.format import ExportSource
from rhapsode.rendering.tags import project_tags
from rhapsode.storage import segments
from rhapsode.storage.packs import read_segment
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged, InvalidInput
from rhapsode.voices.catalogue import read_catalogue


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says of itself. date: when the work came out, YYYY or YYYY-MM-DD.

    cover: a JPEG or PNG, which every format knows.
    """

    tags: Tags
    date: str | None
    cover: StoredSegment | None

    @property
    def cover_shape(self) -> CoverShape | None:
        """What must be known of the cover to leave room for it."""
        if self.cover is None:
            return None
        return CoverShape(self.cover.media_type or "", self.cover.location.size_bytes)


def describe(source: ExportSource) -> Description:
    """As the project is now: a cover or an author that came later belongs in the file. Raises: DataDamaged."""
    return Description(_tags(source), source.project.details.original_publication_date, _cover(source))


def _tags(source: ExportSource) -> Tags:
    tags = project_tags(source.project, narrator=_narrator(source))
    # The book's description stands in the file of the whole book only.
    return replace(tags, title=source.snapshot.name, description=None) if is_chapter(source) else tags


def need_chapters(source: ExportSource) -> None:
    """Raises: InvalidInput, when a book has none: no format but the project's own has a file without sound."""
    if not source.chapters:
        msg = "There is nothing to hear in this snapshot: it has no chapters."
        raise InvalidInput(msg)


def is_chapter(source: ExportSource) -> bool:
    """Whether it is one chapter by itself, and not a book."""
    snapshot_id: str = source.snapshot.project_snapshot_id
    return [snapshot_id] == [chapter.chapter_snapshot_id for chapter in source.chapters]


def _narrator(source: ExportSource) -> str:
    catalogue = read_catalogue(source.records, source.workspace_id).for_project(source.project)
    voice = catalogue.find_reader(source.project.default_paragraph_voice_id, source.project.language)
    # What was spoken can be had without those who spoke it; an empty text is not written.
    return "" if voice is None else voice.name


def _cover(source: ExportSource) -> StoredSegment | None:
    key = source.project.cover_key
    if key is None:
        return None
    with source.records.write(source.workspace_id) as tx:
        segments.want_segments(tx, source.owner_id, {"image": [key]})
        found = segments.find_segments(tx, [key]).get(key)
    if found is None:
        msg = "The project's cover is missing. Send it again."
        raise DataDamaged(msg)
    return found if found.media_type in COVER_TYPES else None


def picture_of(source: ExportSource, description: Description) -> bytes | None:
    """The cover as Ogg and FLAC have it, with its bytes. Raises: DataDamaged."""
    cover = description.cover
    if cover is None:
        return None
    return picture_block(cover.media_type or "", read_segment(source.blobs, cover.location))


@dataclass(frozen=True, slots=True)
class EncodedChapter:
    """A chapter in another encoding."""

    name: str
    segments: Sequence[StoredSegment]

    @property
    def frame_count(self) -> int:
        """Frames, of that encoding, of all its segments."""
        return sum(segment.frame_count or 0 for segment in self.segments)


def encode_book(source: ExportSource, encoding: Encoding) -> list[EncodedChapter]:
    """The chapters of a source in an encoding; what of it doesn't exist is made.

    Raises: InvalidInput, when there are none; what `Transcoding.ensure_encoded` raises.
    """
    need_chapters(source)
    encoded = source.transcoding.ensure_encoded(
        source.workspace_id,
        source.owner_id,
        [chapter.chapter_snapshot_id for chapter in source.chapters],
        encoding,
        source.note_progress,
    )
    return [EncodedChapter(chapter.name, encoded[chapter.chapter_snapshot_id]) for chapter in source.chapters]
