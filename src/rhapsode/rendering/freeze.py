"""Freeze a project into a conversion: drafts, plans, references and slices, in the caller's transaction.

One chapter after the other, so that a long book takes no more memory than a short one.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
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
from rhapsode.studio.ids import ChapterId, ConversionId, new_id
from rhapsode.studio.project import Chapter, Project


@dataclass(frozen=True, slots=True)
class RequestedConversion:
    """A conversion that now runs.

    joined: it ran already, with the same plan.    slice_count: how much is left to render.
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


def freeze_conversion(
    tx: Transaction, project: Project, chapter_ids: Sequence[ChapterId]
) -> RequestedConversion:
    """Insert a conversion of these chapters as they are now, or join the running one that equals it.

    Raises: UnknownVoice; UnknownLanguage.
    """
    frozen = ProjectPlan(project.name, project_tags(project, narrator=_narrator(project)), project.cover_key)
    running = {
        conversion.plan_digest: conversion.conversion_id
        for conversion in queries.list_unfinished_conversions(tx)
        if conversion.project_id == project.project_id
    }
    if running:
        digest, unspoken = _outline(_plan_chapters(tx, project, chapter_ids), frozen)
        if digest in running:
            return _requested(tx, running[digest], unspoken, joined=True)
    conversion_id = _insert(tx, project, frozen)
    planned = _plan_chapters(tx, project, chapter_ids)
    digest, unspoken = _outline(_inserted(tx, conversion_id, project, planned), frozen)
    queries.set_plan_digest(tx, conversion_id, digest)
    return _requested(tx, conversion_id, unspoken, joined=False)


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


def _insert(tx: Transaction, project: Project, frozen: ProjectPlan) -> ConversionId:
    conversion = Conversion(
        conversion_id=ConversionId(new_id()),
        project_id=project.project_id,
        state="converting",
        # Known when every chapter is planned.
        plan_digest=b"",
        created_at_ms=tx.now_ms,
        plan=freeze_project(frozen),
    )
    queries.insert_conversion(tx, conversion)
    if project.cover_key is not None:
        segments.want_segments(tx, conversion.conversion_id, {"image": [project.cover_key]})
    return conversion.conversion_id


def _plan_chapters(tx: Transaction, project: Project, chapter_ids: Sequence[ChapterId]) -> Iterator[_Planned]:
    for ordinal, chapter_id in enumerate(chapter_ids):
        chapter = projects.get_chapter(tx, project.project_id, chapter_id)
        draft = _draft(tx, project, chapter)
        plan = _plan(tx, project, draft, track=ordinal + 1, track_count=len(chapter_ids))
        yield _Planned(ordinal, draft, plan, plan.digest)


def _draft(tx: Transaction, project: Project, chapter: Chapter) -> ChapterDraft:
    node_ids = [node.node_id for block in chapter.blocks for node in block.nodes]
    sources = Sources(
        workspace_id=tx.workspace_id,
        project=project,
        takes=projects.find_takes(tx, node_ids),
        get_voice=functools.cache(get_voice),
        get_traits=functools.cache(lambda engine: get_engine(engine).traits),
    )
    return draft_chapter(chapter, sources)


def _plan(
    tx: Transaction, project: Project, draft: ChapterDraft, *, track: int, track_count: int
) -> ChapterPlan:
    encoding = QUALITY_ENCODINGS[project.quality_preset]
    speech = (part.request.speech_key for part in draft.parts if part.request)
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
        encoded=segments.find_encoded(tx, speech, encoding.name),
        workspace_id=tx.workspace_id,
    )


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
            missing = _missing(tx, conversion_id, [*requests_of(chapter.draft, chapter.plan)])
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
