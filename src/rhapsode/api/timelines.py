"""When the blocks of a chapter's snapshot and their words are heard, for who shows the text. All of it is ours."""

import json
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from rhapsode.api.byte_routes import bytes_response
from rhapsode.api.chosen_form import choose_form
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import check_alignments
from rhapsode.delivery.timeline import TimedBlock, iterate_timed_blocks
from rhapsode.storage.snapshots import get_chapter_digest
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId

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
def get_chapter_timeline(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """When each block of a chapter is heard, and each word of it: as the chapter was when it was converted."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
        form = choose_form(request, get_chapter_digest(tx, chapter_snapshot_id))
        if (unchanged := form.find_unchanged(request)) is not None:
            return unchanged
        check_alignments(tx, chapter_snapshot_id)
    blocks = iterate_timed_blocks(services.records, workspace_id, chapter_snapshot_id)
    content = _timeline(chapter_snapshot_id, stream_samples(snapshot.frame_count), blocks)
    return bytes_response(
        request, media_type="application/json", content=form.encoded(content), headers=form.headers
    )


def _timeline(
    chapter_snapshot_id: str, duration_samples: int, blocks: Iterable[TimedBlock]
) -> Iterator[bytes]:
    fields = {"chapter_snapshot_id": chapter_snapshot_id, "duration_secs": _seconds(duration_samples)}
    yield f'{_encode(fields).removesuffix("}")},"blocks":['.encode()
    for ordinal, block in enumerate(blocks):
        yield (b"," if ordinal else b"") + _block(block)
    yield b"]}"


def _block(block: TimedBlock) -> bytes:
    words: list[float] = []
    for word in block.words:
        words += (word.start, word.end, _seconds(word.start_sample), _seconds(word.end_sample))
    return _encode(
        {
            "block_id": block.block_id,
            "text": block.text,
            "start_secs": _seconds(block.start_sample),
            "end_secs": _seconds(block.end_sample),
            "words": words,
        }
    ).encode()


def _seconds(sample: int) -> float:
    return round(sample / SAMPLE_RATE_HZ, 6)
