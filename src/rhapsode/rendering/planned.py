"""The chapters of a stored project with their plans: what freezing a conversion and previewing one share.

Nothing is kept and nothing is written.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.audio.encoding import QUALITY_ENCODINGS, Encoding
from rhapsode.audio.mastering import Mastering
from rhapsode.rendering.anew import next_takes
from rhapsode.rendering.calibration import find_masterings
from rhapsode.rendering.draft import ChapterDraft, Sources, draft_chapter
from rhapsode.rendering.plan import ChapterPlan, PlannedChapter, ProjectPlan, plan_chapter
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.tags import chapter_tags, project_tags
from rhapsode.storage import projects, segments, states
from rhapsode.storage.records import Transaction
from rhapsode.storage.spoken_chapters import list_spoken_chapters
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import ChapterId, NodeId, ProjectId
from rhapsode.studio.project import Chapter, Project, Take

TakesBySource = Mapping[tuple[NodeId, bytes], Take]
Load = Callable[[Transaction, ProjectId, ChapterId], tuple[Chapter, TakesBySource]]
FindMasterings = Callable[[Transaction, ChapterDraft, Project], dict[bytes, Mastering]]


def list_chapters_to_convert(
    tx: Transaction, project_id: ProjectId, only: ChapterId | None = None
) -> list[ChapterId]:
    """The chapters that have a place in a project's audio, in order. A muted one is converted by itself alone.

    only: the one of them that is to be converted, if not all.
    Raises: ChapterNotFound; InvalidInput, when it isn't narrated.
    """
    spoken = [
        chapter.chapter_id
        for chapter in list_spoken_chapters(tx, project_id)
        if not chapter.muted or chapter.chapter_id == only
    ]
    if only is not None and only not in spoken:
        raise _unspoken(projects.get_chapter(tx, project_id, only))
    return spoken


def _unspoken(chapter: Chapter) -> InvalidInput:
    if not chapter.narrated:
        return InvalidInput("The chapter is one of those that are not narrated.")
    return InvalidInput("The chapter has no text to narrate.")


def plan_project(sources: Sources) -> ProjectPlan:
    """What a project's snapshot takes from the project itself, as it is. Raises: UnknownVoice."""
    project = sources.project
    tags = project_tags(project, narrator=_narrator(sources))
    return ProjectPlan(project.name, tags, project.cover_key, QUALITY_ENCODINGS[project.quality_preset])


def load_chapter(
    tx: Transaction, project_id: ProjectId, chapter_id: ChapterId
) -> tuple[Chapter, TakesBySource]:
    """A chapter with all takes of its nodes, the newest of each source. Raises: ChapterNotFound."""
    chapter = projects.get_chapter(tx, project_id, chapter_id)
    return chapter, _TakesOf(tx, chapter)


class _TakesOf(Mapping[tuple[NodeId, bytes], Take]):
    """All takes of a chapter's nodes, read when one is asked for: in most chapters the current ones will do."""

    def __init__(self, tx: Transaction, chapter: Chapter) -> None:
        self._tx = tx
        self._node_ids = [node.node_id for block in chapter.blocks for node in block.nodes]

    @functools.cached_property
    def _found(self) -> TakesBySource:
        return projects.find_takes(self._tx, self._node_ids)

    def __getitem__(self, key: tuple[NodeId, bytes]) -> Take:
        """See Mapping."""
        return self._found[key]

    def __iter__(self) -> Iterator[tuple[NodeId, bytes]]:
        """See Mapping."""
        return iter(self._found)

    def __len__(self) -> int:
        """See Mapping."""
        return len(self._found)


def look_ahead(tx: Transaction, project_id: ProjectId, only: ChapterId | None = None) -> None:
    """Read a project that was never converted as it is going to be planned, while nobody is kept from writing.

    What is found is remembered (rendering.reading): to prepare a novel takes as long as all else of its plan.
    Raises: as the plan does.
    """
    if states.find_last_conversion_times(tx, [project_id]):
        return
    sources = get_project_sources(tx, projects.get_project(tx, project_id))
    for chapter_id in list_chapters_to_convert(tx, project_id, only):
        if only in (None, chapter_id):
            draft_chapter(projects.get_chapter(tx, project_id, chapter_id), sources)


def plan_chapters(
    tx: Transaction,
    sources: Sources,
    chapter_ids: Sequence[ChapterId],
    *,
    only: ChapterId | None = None,
    load: Load = load_chapter,
    masterings_of: FindMasterings = find_masterings,
) -> Iterator[PlannedChapter]:
    """Plan the chapters of a project, one after the other, so that a long book takes no more memory than a short one.

    chapter_ids: all that have a place in the project's audio.    only: the one of them to plan; None for all.
    Raises: UnknownVoice; UnknownLanguage; MasterDropped; what `masterings_of` raises.
    """
    project = sources.project
    for ordinal, chapter_id in enumerate(chapter_ids):
        if only not in (None, chapter_id):
            continue
        chapter, takes = load(tx, project.project_id, chapter_id)
        drafted = _draft(tx, chapter, replace(sources, takes=takes), masterings_of)
        plan = _plan(tx, sources, drafted, track=ordinal + 1, track_count=len(chapter_ids))
        yield PlannedChapter(ordinal, drafted.draft, plan, plan.digest, drafted.masterings)


@dataclass(frozen=True, slots=True)
class _Drafted:
    """What is said in a chapter. masterings: by speech key.    encoded: audio that exists of it, by speech key."""

    draft: ChapterDraft
    masterings: Mapping[bytes, Mastering]
    encoded: Mapping[bytes, bytes]


def _draft(tx: Transaction, chapter: Chapter, sources: Sources, masterings_of: FindMasterings) -> _Drafted:
    """Draft a chapter; where speech that has to be encoded was dropped and can't be had again, with other takes."""
    encoding = QUALITY_ENCODINGS[sources.project.quality_preset]
    while True:
        draft = draft_chapter(chapter, sources)
        masterings = masterings_of(tx, draft, sources.project)
        encoded = _find_encoded(tx, draft, encoding, masterings)
        anew = next_takes(tx, draft, encoded, sources.anew)
        if not anew:
            return _Drafted(draft, masterings, encoded)
        sources = replace(sources, anew={**sources.anew, **anew})


def _plan(
    tx: Transaction, sources: Sources, drafted: _Drafted, *, track: int, track_count: int
) -> ChapterPlan:
    project, draft = sources.project, drafted.draft
    return plan_chapter(
        draft,
        cover_key=project.cover_key,
        tags=chapter_tags(
            project,
            name=draft.chapter.name,
            narrator=_narrator(sources),
            track=track,
            track_count=track_count,
        ),
        encoding=QUALITY_ENCODINGS[project.quality_preset],
        encoded=drafted.encoded,
        workspace_id=tx.workspace_id,
        masterings=drafted.masterings,
    )


def _narrator(sources: Sources) -> str:
    project = sources.project
    return sources.get_reader(project.default_paragraph_voice_id, project.language).name


def _find_encoded(
    tx: Transaction, draft: ChapterDraft, encoding: Encoding, masterings: Mapping[bytes, Mastering]
) -> dict[bytes, bytes]:
    """Audio that was made before, by the key of its speech: encoded and mastered as it would be now."""
    alike = defaultdict[str | None, list[bytes]](list)
    for speech_key in (part.request.speech_key for part in draft.parts if part.request):
        mastering = masterings.get(speech_key)
        alike[None if mastering is None else mastering.name].append(speech_key)
    found: dict[bytes, bytes] = {}
    for name, speech_keys in alike.items():
        found |= segments.find_encoded(tx, speech_keys, encoding.name, mastering=name)
    return found
