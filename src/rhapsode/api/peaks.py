"""What the waveform of a chapter's snapshot is drawn of. All of it is ours."""

import base64
import json
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel

from rhapsode.api.asked_snapshots import AskedChapterOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.peaks import PEAK_SAMPLES, Peaks
from rhapsode.delivery.peaks import full_scale, iterate_peaks, peak_count
from rhapsode.studio.snapshot import ChapterSnapshot

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    strict_content_type=False,
)


class PeaksModel(BaseModel):
    """A chapter's waveform.

    peaks: base64 of a byte for each `samples_per_peak` samples, `peak_count` in all: how far the loudest of them
    reaches in either direction, rounded up. 0 is silence, and 255 the amplitude `full_scale`, where 1 is the largest.
    """

    chapter_snapshot_id: str
    samples_per_peak: int
    sample_rate_hz: int
    peak_count: int
    full_scale: float
    peaks: str


@router.get(
    "/chapters/{chapter_id}/snapshots/{chapter_snapshot_id}/peaks",
    summary="Get peaks of a chapter snapshot",
    response_class=Response,
    responses={200: {"model": PeaksModel}},
)
def get_chapter_peaks(asked: AskedChapterOf) -> Response:
    """How far the waveform of a chapter's file reaches, all along it.

    It is kept since the audio was made. For audio of earlier versions it is found when it is first asked for, which
    takes a few seconds for an hour.
    """
    services = asked.services

    def write(snapshot: ChapterSnapshot) -> Iterator[bytes]:
        peaks = iterate_peaks(services.records, services.blobs, services.pool, asked.workspace_id, snapshot)
        return _object(snapshot, peaks)

    return asked.send(write, needs_alignments=False)


def _object(snapshot: ChapterSnapshot, peaks: Iterable[Peaks]) -> Iterator[bytes]:
    fields = {
        "chapter_snapshot_id": snapshot.chapter_snapshot_id,
        "samples_per_peak": PEAK_SAMPLES,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "peak_count": peak_count(snapshot),
        "full_scale": full_scale(snapshot),
    }
    yield f'{json.dumps(fields, separators=(",", ":")).removesuffix("}")},"peaks":"'.encode()
    # Whole frames have a multiple of three peaks, so nothing is padded but the end.
    yield from (base64.b64encode(each.tobytes()) for each in peaks)
    yield b'"}'
