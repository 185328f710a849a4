"""When the blocks of a chapter's snapshot and their words are heard, for who shows the text. All of it is ours."""

import json
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel

from rhapsode.api.asked_snapshots import AskedChapterOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.grid import seconds_of, stream_samples
from rhapsode.delivery.timeline import TimedBlock, iterate_timed_blocks
from rhapsode.studio.snapshot import ChapterSnapshot

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    strict_content_type=False,
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class TimelineBlockModel(BaseModel):
    """A block as it was spoken. start_secs, end_secs: without the pauses around it.

    words: four numbers for each word, in order: its first character and the one after its last, as code points of
    `text`, and when it begins and ends to be heard, in seconds.
    """

    block_id: str
    text: str
    start_secs: float
    end_secs: float
    words: list[float]


class TimelineModel(BaseModel):
    """A chapter's blocks, timed in its own file, which lasts `duration_secs`."""

    chapter_snapshot_id: str
    duration_secs: float
    blocks: list[TimelineBlockModel]


@router.get(
    "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/timeline",
    summary="Get timeline of a chapter snapshot",
    response_class=Response,
    responses={200: {"model": TimelineModel}},
)
def get_chapter_timeline(asked: AskedChapterOf) -> Response:
    """When each block of a chapter is heard, and each word of it: as the chapter was when it was converted."""

    def write(snapshot: ChapterSnapshot) -> Iterator[bytes]:
        blocks = iterate_timed_blocks(
            asked.services.records, asked.workspace_id, snapshot.chapter_snapshot_id
        )
        return _timeline(snapshot, blocks)

    return asked.send(write)


def _timeline(snapshot: ChapterSnapshot, blocks: Iterable[TimedBlock]) -> Iterator[bytes]:
    fields = {
        "chapter_snapshot_id": snapshot.chapter_snapshot_id,
        "duration_secs": seconds_of(stream_samples(snapshot.frame_count)),
    }
    yield f'{_encode(fields).removesuffix("}")},"blocks":['.encode()
    for ordinal, block in enumerate(blocks):
        yield (b"," if ordinal else b"") + _encode(block_fields(block)).encode()
    yield b"]}"


def block_fields(block: TimedBlock) -> dict[str, object]:
    """A `TimelineBlockModel`, which isn't made of it: a chapter has thousands of words."""
    words: list[float] = []
    for word in block.words:
        words += (word.start, word.end, seconds_of(word.start_sample), seconds_of(word.end_sample))
    return {
        "block_id": block.block_id,
        "text": block.text,
        "start_secs": seconds_of(block.start_sample),
        "end_secs": seconds_of(block.end_sample),
        "words": words,
    }
