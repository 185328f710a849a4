"""Freeze a project into a conversion: drafts, plans, references and slices, in the caller's transaction."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import QUALITY_ENCODINGS
from rhapsode.engines.registry import get_engine, get_voice
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
from rhapsode.rendering.tags import chapter_tags, project_tags
from rhapsode.storage import conversions as queries
from rhapsode.storage import projects, segments, snapshots
from rhapsode.storage.conversions import Conversion, ConversionChapter, ConversionSlice
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ConversionId, ProjectId, new_id
from rhapsode.studio.project import Chapter, Project


@dataclass(frozen=True, slots=True)
class RequestedConversion:
    """A conversion that now runs.

    joined: it ran already, with the same plan.    slice_count: how much is left to render.
    characters_to_speak: of all slices.    unspoken_languages: see ChapterDraft.
    """

    conversion_id: ConversionId
    joined: bool
    slice_count: int
    characters_to_speak: int
    unspoken_languages: frozenset[str]


def freeze_conversion(tx: Transaction, project: Project, chapters: Sequence[Chapter]) -> RequestedConversion:
    """Insert a conversion of these chapters as they are now, or join the running one that equals it.

    Raises: UnknownVoice; UnknownLanguage.
    """
    drafts = _draft(tx, project, chapters)
    plans = _plan(tx, project, drafts)
    frozen_project = ProjectPlan(
        project.name, project_tags(project, narrator=_narrator(project)), project.cover_key
    )
    chapter_digests = [plan.digest for plan in plans]
    digest = plan_digest(chapter_digests, frozen_project)
    unspoken = frozenset[str]().union(*(draft.unspoken_languages for draft in drafts))
    running = _find_running(tx, project.project_id, digest)
    if running is not None:
        left = len(queries.list_slices(tx, running.conversion_id))
        return RequestedConversion(running.conversion_id, True, left, 0, unspoken)
    conversion = Conversion(
        conversion_id=ConversionId(new_id()),
        project_id=project.project_id,
        state="converting",
        plan_digest=digest,
        created_at_ms=tx.now_ms,
        plan=freeze_project(frozen_project),
    )
    if project.cover_key is not None:
        segments.want_segments(tx, conversion.conversion_id, {"image": [project.cover_key]})
    frozen = _frozen_chapters(tx, project, plans, chapter_digests)
    changed = [chapter.ordinal for chapter in frozen if chapter.plan is not None]
    requests = [(i, request) for i in changed for request in requests_of(drafts[i], plans[i])]
    slices, characters = _missing(tx, conversion.conversion_id, requests)
    queries.insert_conversion(tx, conversion, frozen, slices)
    return RequestedConversion(conversion.conversion_id, False, len(slices), characters, unspoken)


def _draft(tx: Transaction, project: Project, chapters: Sequence[Chapter]) -> list[ChapterDraft]:
    node_ids = [n.node_id for chapter in chapters for block in chapter.blocks for n in block.nodes]
    sources = Sources(
        workspace_id=tx.workspace_id,
        project=project,
        takes=projects.find_takes(tx, node_ids),
        get_voice=functools.cache(get_voice),
        get_traits=functools.cache(lambda engine: get_engine(engine).traits),
    )
    return [draft_chapter(chapter, sources) for chapter in chapters]


def _plan(tx: Transaction, project: Project, drafts: Sequence[ChapterDraft]) -> list[ChapterPlan]:
    encoding = QUALITY_ENCODINGS[project.quality_preset]
    speech = (part.request.speech_key for draft in drafts for part in draft.parts if part.request)
    encoded = segments.find_encoded(tx, speech, encoding.name)
    return [
        plan_chapter(
            draft,
            cover_key=project.cover_key,
            tags=chapter_tags(
                project,
                name=draft.chapter.name,
                narrator=_narrator(project),
                track=track,
                track_count=len(drafts),
            ),
            encoding=encoding,
            encoded=encoded,
            workspace_id=tx.workspace_id,
        )
        for track, draft in enumerate(drafts, start=1)
    ]


def _narrator(project: Project) -> str:
    return get_voice(project.default_paragraph_voice_id).name


def _find_running(tx: Transaction, project_id: ProjectId, digest: bytes) -> Conversion | None:
    return next(
        (
            conversion
            for conversion in queries.list_unfinished_conversions(tx)
            if conversion.project_id == project_id and conversion.plan_digest == digest
        ),
        None,
    )


def _frozen_chapters(
    tx: Transaction, project: Project, plans: Sequence[ChapterPlan], digests: Sequence[bytes]
) -> list[ConversionChapter]:
    """A chapter whose latest snapshot is what its plan asks for is finished before it begins."""
    latest = snapshots.list_latest_chapter_snapshots(tx, project.project_id)
    frozen = []
    for ordinal, (plan, digest) in enumerate(zip(plans, digests, strict=True)):
        snapshot = latest.get(plan.chapter_id)
        if snapshot is not None and snapshot.plan_digest == digest:
            finished_id, content = snapshot.chapter_snapshot_id, None
        else:
            finished_id, content = None, freeze_chapter(plan)
        frozen.append(ConversionChapter(ordinal, plan.chapter_id, digest, content, finished_id))
    return frozen


def _missing(
    tx: Transaction, conversion_id: ConversionId, requests: Sequence[tuple[int, SegmentRequest]]
) -> tuple[list[ConversionSlice], int]:
    """Refer to everything first, then ask what exists, and cut the rest into slices."""
    audio = [request.segment_key for _, request in requests]
    speech = [request.speech.speech_key for _, request in requests if request.speech is not None]
    segments.want_segments(tx, conversion_id, {"audio": audio, "speech": speech})
    existing_speech = segments.find_segments(tx, speech)
    slices = cut_slices(
        requests, existing_audio=segments.find_segments(tx, audio), existing_speech=existing_speech
    )
    to_speak = {
        request.speech.speech_key: request.character_count
        for _, piece in slices
        for request in piece
        if request.speech is not None and request.speech.speech_key not in existing_speech
    }
    frozen = [
        ConversionSlice(ordinal, chapter_ordinal, freeze_requests(piece))
        for ordinal, (chapter_ordinal, piece) in enumerate(slices)
    ]
    return frozen, sum(to_speak.values())
