"""Freeze a project into a conversion: drafts, plans, references and slices, in the caller's transaction.

One chapter after the other, so that a long book takes no more memory than a short one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.audio.encoding import QUALITY_ENCODINGS, Encoding
from rhapsode.audio.mastering import Mastering
from rhapsode.engines.registry import get_voice
from rhapsode.rendering.calibration import find_masterings
from rhapsode.rendering.draft import ChapterDraft, Sources, draft_chapter
from rhapsode.rendering.plan import (
    ChapterPlan,
    ProjectPlan,
    SegmentRequest,
    cut_slices,
    freeze_chapter,
    freeze_project,
    freeze_requests,
    plan_chapter,
    plan_digest,
    requests_of,
)
from rhapsode.rendering.project_sources import get_project_sources
from rhapsode.rendering.tags import chapter_tags, project_tags
from rhapsode.storage import conversions as queries
from rhapsode.storage import projects, segments, snapshots
from rhapsode.storage.conversions import Conversion, ConversionChapter, ConversionSlice
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ChapterId, ConversionId, new_id
from rhapsode.studio.project import Chapter, Project


@dataclass(frozen=True, slots=True)
class RequestedConversion:
    """A conversion that waits or runs.

    joined: it did already, with the same plan.    slice_count: how much is left to render.
    unspoken_languages: see ChapterDraft.
    """

    conversion_id: ConversionId
    joined: bool
    slice_count: int
    unspoken_languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Planned:
    ordinal: int
    draft: ChapterDraft
    plan: ChapterPlan
    digest: bytes
    masterings: Mapping[bytes, Mastering]


def freeze_conversion(
    tx: Transaction, project: Project, chapter_ids: Sequence[ChapterId], *, only: ChapterId | None = None
) -> RequestedConversion:
    """Insert a conversion of a project's chapters as they are now, or join an unfinished one that equals it.

    chapter_ids: all that have a place in the project's audio.    only: the one of them to convert, with the place it
      has among the others; None for all.
    Raises: UnknownVoice; UnknownLanguage; PronunciationDictionaryNotFound; Unmeasured, when the project's audio is
    mastered and nobody knows yet how loud some of its voices are.
    """
    frozen = ProjectPlan(
        project.name,
        project_tags(project, narrator=_narrator(project)),
        project.cover_key,
        QUALITY_ENCODINGS[project.quality_preset],
    )
    unfinished = [c for c in queries.list_unfinished_conversions(tx) if c.project_id == project.project_id]
    if unfinished:
        digest, unspoken = _outline(_plan_chapters(tx, project, chapter_ids, only), frozen)
        equal = _find_equal(unfinished, digest, only)
        _drop_waiting(tx, [c for c in unfinished if c.chapter_id == only and c != equal])
        if equal is not None:
            return _requested(tx, equal.conversion_id, unspoken, joined=True)
    conversion_id = _insert(tx, project, frozen, only)
    planned = _plan_chapters(tx, project, chapter_ids, only)
    digest, unspoken = _outline(_inserted(tx, conversion_id, project, planned), frozen)
    queries.set_plan_digest(tx, conversion_id, digest)
    return _requested(tx, conversion_id, unspoken, joined=False)


def _find_equal(unfinished: Sequence[Conversion], digest: bytes, only: ChapterId | None) -> Conversion | None:
    """The conversion that leaves what is asked for, with nothing of other chapters asked for after it.

    What comes after it could hold an older or newer text of the same chapter, and the last word must be the
    newest request's.
    """
    for index, conversion in enumerate(unfinished):
        if (conversion.plan_digest, conversion.chapter_id) == (digest, only):
            later = unfinished[index + 1 :]
            return conversion if all(c.chapter_id == only for c in later) else None
    return None


def _drop_waiting(tx: Transaction, conversions: Iterable[Conversion]) -> None:
    """End those that have not begun: what they would make is out of date before it is made.

    Whoever asked for them watches the state of the project, which is that of the newer conversion. So however
    often a book is edited and converted while it runs, one conversion of each kind waits.
    """
    for conversion in conversions:
        if conversion.state == "in_queue":
            queries.finish_conversion(tx, conversion.conversion_id, "cancelled")


def _narrator(project: Project) -> str:
    return get_voice(project.default_paragraph_voice_id).name


def _requested(
    tx: Transaction, conversion_id: ConversionId, unspoken: frozenset[str], *, joined: bool
) -> RequestedConversion:
    return RequestedConversion(conversion_id, joined, len(queries.list_slices(tx, conversion_id)), unspoken)


def _outline(planned: Iterable[_Planned], project: ProjectPlan) -> tuple[bytes, frozenset[str]]:
    """The digest of all that is planned, and the languages in it that no voice speaks."""
    digests, unspoken = [], set[str]()
    for chapter in planned:
        digests.append(chapter.digest)
        unspoken |= chapter.draft.unspoken_languages
    return plan_digest(digests, project), frozenset(unspoken)


def _insert(tx: Transaction, project: Project, frozen: ProjectPlan, only: ChapterId | None) -> ConversionId:
    conversion = Conversion(
        conversion_id=ConversionId(new_id()),
        project_id=project.project_id,
        state="in_queue",
        # Known when every chapter is planned.
        plan_digest=b"",
        created_at_ms=tx.now_ms,
        plan=freeze_project(frozen),
        chapter_id=only,
    )
    queries.insert_conversion(tx, conversion)
    if project.cover_key is not None:
        segments.want_segments(tx, conversion.conversion_id, {"image": [project.cover_key]})
    return conversion.conversion_id


def _plan_chapters(
    tx: Transaction, project: Project, chapter_ids: Sequence[ChapterId], only: ChapterId | None
) -> Iterator[_Planned]:
    sources = get_project_sources(tx, project)
    for ordinal, chapter_id in enumerate(chapter_ids):
        if only not in (None, chapter_id):
            continue
        chapter = projects.get_chapter(tx, project.project_id, chapter_id)
        draft = _draft(tx, chapter, sources)
        masterings = find_masterings(tx, draft) if project.details.volume_normalization else {}
        plan = _plan(tx, project, draft, masterings, track=ordinal + 1, track_count=len(chapter_ids))
        yield _Planned(ordinal, draft, plan, plan.digest, masterings)


def _draft(tx: Transaction, chapter: Chapter, sources: Sources) -> ChapterDraft:
    node_ids = [node.node_id for block in chapter.blocks for node in block.nodes]
    return draft_chapter(chapter, replace(sources, takes=projects.find_takes(tx, node_ids)))


def _plan(
    tx: Transaction,
    project: Project,
    draft: ChapterDraft,
    masterings: Mapping[bytes, Mastering],
    *,
    track: int,
    track_count: int,
) -> ChapterPlan:
    encoding = QUALITY_ENCODINGS[project.quality_preset]
    return plan_chapter(
        draft,
        cover_key=project.cover_key,
        tags=chapter_tags(
            project,
            name=draft.chapter.name,
            narrator=_narrator(project),
            track=track,
            track_count=track_count,
        ),
        encoding=encoding,
        encoded=_find_encoded(tx, draft, encoding, masterings),
        workspace_id=tx.workspace_id,
        masterings=masterings,
    )


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


def _inserted(
    tx: Transaction, conversion_id: ConversionId, project: Project, planned: Iterable[_Planned]
) -> Iterator[_Planned]:
    """Insert each chapter with its slices. One whose latest snapshot is what its plan asks for needs none."""
    latest = snapshots.list_latest_chapter_snapshots(tx, project.project_id)
    slice_count = 0
    for chapter in planned:
        chapter_id = chapter.plan.chapter_id
        snapshot = latest.get(chapter_id)
        if snapshot is not None and snapshot.plan_digest == chapter.digest:
            finished, plan, missing = snapshot.chapter_snapshot_id, None, []
        else:
            finished, plan = None, freeze_chapter(chapter.plan)
            missing = _missing(
                tx, conversion_id, [*requests_of(chapter.draft, chapter.plan, chapter.masterings)]
            )
        queries.insert_conversion_chapter(
            tx,
            conversion_id,
            ConversionChapter(chapter.ordinal, chapter_id, chapter.digest, plan, finished),
            [
                ConversionSlice(ordinal, chapter.ordinal, freeze_requests(requests))
                for ordinal, requests in enumerate(missing, start=slice_count)
            ],
        )
        slice_count += len(missing)
        yield chapter


def _missing(
    tx: Transaction, conversion_id: ConversionId, requests: Sequence[SegmentRequest]
) -> list[list[SegmentRequest]]:
    """Refer to everything first, then ask what exists, and cut the rest into slices.

    What an earlier chapter asks for is made there.
    """
    audio = [request.segment_key for request in requests]
    speech = [request.speech.speech_key for request in requests if request.speech is not None]
    asked_before = segments.find_wanted(tx, conversion_id, audio)
    segments.want_segments(tx, conversion_id, {"audio": audio, "speech": speech})
    return cut_slices(
        requests,
        existing_audio=asked_before | segments.find_segments(tx, audio).keys(),
        existing_speech=segments.find_segments(tx, speech),
    )
