"""A project as a podcast: its newest snapshot, an episode for each chapter."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery.mp3_copy import MP3_COPY, mp3_copy_bytes
from rhapsode.storage import projects, segments, snapshots
from rhapsode.storage.first_conversions import list_first_conversion_times
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.project import Project
from rhapsode.studio.snapshot import ChapterSnapshot

# Those of the podcast namespace: the names of all podcasts are made in it.
_PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_PODCAST_SOURCE = "genfm"
_SPACING_MS = 60_000
"""Between two episodes that were made at once: some players show, and sort by, minutes."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A chapter. guid: the chapter's, however often it is edited.    number: from 1, in reading order.

    size_bytes: of its MP3, exact.    duration_samples: at 44.1 kHz.    published_at_ms: Unix milliseconds.
    """

    chapter_snapshot_id: ChapterSnapshotId
    guid: uuid.UUID
    title: str
    number: int
    size_bytes: int
    duration_samples: int
    published_at_ms: int


@dataclass(frozen=True, slots=True)
class Podcast:
    """A project as players list it.

    is_serial: a book, which is heard from its beginning; a podcast begins with its newest episode.
    cover_type: media type of the cover; None without one.    made_at_ms: when the newest snapshot was.
    """

    project: Project
    guid: uuid.UUID
    is_serial: bool
    cover_type: str | None
    made_at_ms: int
    episodes: Sequence[Episode]

    @property
    def title(self) -> str:
        """Of the book, or of the project."""
        return self.project.title or self.project.name


def get_podcast(records: Records, workspace_id: WorkspaceId, project_id: ProjectId) -> Podcast:
    """A project as a podcast, without episodes as long as it wasn't converted. Raises: ProjectNotFound."""
    with records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        listed = snapshots.list_project_snapshots(tx, project_id)
        newest = ProjectSnapshotId(listed[0].snapshot_id) if listed else None
        chapters = snapshots.list_chapters(tx, newest) if newest else []
        first_times = list_first_conversion_times(tx, project_id)
        cover_type = _find_cover_type(tx, project)
    return Podcast(
        project=project,
        guid=uuid.uuid5(_PODCASTS, f"rhapsode:{project_id}"),
        is_serial=project.details.source_type != _PODCAST_SOURCE,
        cover_type=cover_type,
        made_at_ms=listed[0].created_at_ms if listed else project.created_at_ms,
        episodes=_episodes(chapters, first_times),
    )


def _find_cover_type(tx: Transaction, project: Project) -> str | None:
    if project.cover_key is None:
        return None
    found = segments.find_segments(tx, [project.cover_key]).get(project.cover_key)
    return None if found is None else found.media_type


def _episodes(
    chapters: Sequence[ChapterSnapshot], first_times: Mapping[ChapterId, int]
) -> tuple[Episode, ...]:
    times = spaced_times([first_times[chapter.chapter_id] for chapter in chapters])
    return tuple(
        Episode(
            chapter_snapshot_id=chapter.chapter_snapshot_id,
            guid=uuid.uuid5(_PODCASTS, f"rhapsode:{chapter.project_id}:{chapter.chapter_id}"),
            title=chapter.name,
            number=number,
            size_bytes=_mp3_bytes(chapter),
            duration_samples=stream_samples(chapter.frame_count),
            published_at_ms=time_ms,
        )
        for number, (chapter, time_ms) in enumerate(zip(chapters, times, strict=True), start=1)
    )


def spaced_times(made_at_ms: Sequence[int]) -> list[int]:
    """When episodes are said to be of, so that who sorts by that has them in order, and none is of the future.

    made_at_ms: when each was really made, in reading order.
    """
    times: list[int] = []
    for time_ms in reversed(made_at_ms):
        times.append(min(time_ms, times[-1] - _SPACING_MS) if times else time_ms)
    return times[::-1]


def _mp3_bytes(chapter: ChapterSnapshot) -> int:
    if ENCODINGS[chapter.encoding].media_type == MP3_COPY.media_type:
        return chapter.file_size_bytes
    return mp3_copy_bytes(chapter.frame_count)
