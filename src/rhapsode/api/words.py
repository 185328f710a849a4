"""Words of snapshots with their times: what the contract has for characters alone. All of it is ours."""

import json
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import check_alignments
from rhapsode.delivery.words import TimedWord, iterate_timed_words
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    strict_content_type=False,
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class WordModel(BaseModel):
    """A word as it is heard. start_character, end_character: code points of the chapter's text, the end excluded.

    spoken: what was said for it, "Doctor" for "Dr.". What a pronunciation rule replaces together is one word here.
    """

    text: str
    spoken: str
    start_character: int
    end_character: int
    start_secs: float
    end_secs: float


class ChapterWords(BaseModel):
    """The words of a chapter, in order."""

    chapter_snapshot_id: str
    words: list[WordModel]


class ProjectWords(BaseModel):
    """The words of all chapters, timed in the project's single file."""

    project_snapshot_id: str
    chapters: list[ChapterWords]


@router.get(
    "/snapshots/{project_snapshot_id}/words",
    summary="Get words of a project snapshot",
    response_class=Response,
    responses={200: {"model": ProjectWords}},
)
def get_project_words(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """When each word is heard in the project's single file. Characters are counted in each chapter anew."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
        starts = found.list_chapter_starts(tx, snapshot)
    chapters = (
        _chapter(
            start.chapter_snapshot_id,
            iterate_timed_words(
                services.records, workspace_id, start.chapter_snapshot_id, start_frame=start.start_frame
            ),
        )
        for start in starts
    )
    return _json_response(request, _project(project_snapshot_id, chapters))


@router.get(
    "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/words",
    summary="Get words of a chapter snapshot",
    response_class=Response,
    responses={200: {"model": ChapterWords}},
)
def get_chapter_words(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """When each word is heard in the chapter's own file."""
    with services.records.read(workspace_id) as tx:
        found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
        check_alignments(tx, chapter_snapshot_id)
    words = iterate_timed_words(services.records, workspace_id, chapter_snapshot_id)
    return _json_response(request, _chapter(chapter_snapshot_id, words))


def _json_response(request: Request, content: Iterator[bytes]) -> Response:
    """Sent as it is made: a novel has 10 MB of words."""
    return bytes_response(request, media_type="application/json", content=content)


def _project(project_snapshot_id: str, chapters: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    yield f'{{"project_snapshot_id":{_encode(project_snapshot_id)},"chapters":['.encode()
    for ordinal, chapter in enumerate(chapters):
        yield b"," if ordinal else b""
        yield from chapter
    yield b"]}"


def _chapter(chapter_snapshot_id: str, words: Iterable[TimedWord]) -> Iterator[bytes]:
    yield f'{{"chapter_snapshot_id":{_encode(chapter_snapshot_id)},"words":['.encode()
    for ordinal, word in enumerate(words):
        yield (b"," if ordinal else b"") + _word(word)
    yield b"]}"


def _word(word: TimedWord) -> bytes:
    return _encode(
        {
            "text": word.text,
            "spoken": word.spoken,
            "start_character": word.start,
            "end_character": word.end,
            "start_secs": _seconds(word.start_sample),
            "end_secs": _seconds(word.end_sample),
        }
    ).encode()


def _seconds(sample: int) -> float:
    return round(sample / SAMPLE_RATE_HZ, 6)
