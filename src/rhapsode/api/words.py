"""Words of snapshots with their times: what the contract has for characters alone. All of it is ours."""

import json
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel

from rhapsode.api.asked_snapshots import AskedChapter, AskedChapterOf, AskedProject, AskedProjectOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.delivery.formats.words_json import word_fields
from rhapsode.delivery.snapshots import ChapterStart
from rhapsode.delivery.words import iterate_timed_words

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
def get_project_words(asked: AskedProjectOf) -> Response:
    """When each word is heard in the project's single file. Characters are counted in each chapter anew."""
    return asked.send(
        lambda snapshot, starts: _project(
            snapshot.project_snapshot_id, (_chapter(asked, start) for start in starts)
        )
    )


@router.get(
    "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/words",
    summary="Get words of a chapter snapshot",
    response_class=Response,
    responses={200: {"model": ChapterWords}},
)
def get_chapter_words(asked: AskedChapterOf) -> Response:
    """When each word is heard in the chapter's own file."""
    return asked.send(lambda snapshot: _chapter(asked, ChapterStart(snapshot.chapter_snapshot_id, 0)))


def _project(project_snapshot_id: str, chapters: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    yield f'{{"project_snapshot_id":{_encode(project_snapshot_id)},"chapters":['.encode()
    for ordinal, chapter in enumerate(chapters):
        yield b"," if ordinal else b""
        yield from chapter
    yield b"]}"


def _chapter(asked: AskedChapter | AskedProject, start: ChapterStart) -> Iterator[bytes]:
    words = iterate_timed_words(
        asked.services.records, asked.workspace_id, start.chapter_snapshot_id, start_frame=start.start_frame
    )
    yield f'{{"chapter_snapshot_id":{_encode(start.chapter_snapshot_id)},"words":['.encode()
    for ordinal, word in enumerate(words):
        yield (b"," if ordinal else b"") + _encode(word_fields(word)).encode()
    yield b"]}"
