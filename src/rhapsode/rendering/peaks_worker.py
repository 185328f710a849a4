"""What a child process of the pool does for audio that has no peaks: decode it."""

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.peaks import pack_peaks
from rhapsode.audio.stored_peaks import stored_peaks
from rhapsode.rendering.render_jobs import PeaksJob, PeaksRequest
from rhapsode.storage.packs import read_segment


def find_peaks(job: PeaksJob) -> dict[bytes, bytes]:
    """The packed peaks of all audio of a job, by its key. Raises: BlobMissing; DataDamaged."""
    return {request.segment_key: _packed(job, request) for request in job.requests}


def _packed(job: PeaksJob, request: PeaksRequest) -> bytes:
    content = read_segment(job.blobs, request.location)
    return pack_peaks(stored_peaks(content, ENCODINGS[request.encoding], request.frame_count))
