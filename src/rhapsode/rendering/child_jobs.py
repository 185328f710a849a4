"""What a process of the pool is asked to do; each module of the work is imported there alone.

The encoders and the libraries of voices are behind these imports, and the server never has them in its memory.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rhapsode.rendering.render_jobs import (
    EncodeJob,
    KeptStream,
    PeaksJob,
    RenderJob,
    RenderResult,
    SpeakJob,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from rhapsode.audio.mastering import Level
    from rhapsode.audio.pace import Pace
    from rhapsode.engines.aligner import AlignedReading
    from rhapsode.rendering.align_worker import AlignJob
    from rhapsode.rendering.draft import SpeechRequest
    from rhapsode.rendering.live_worker import LiveStretch
    from rhapsode.rendering.speakers import Speakers
    from rhapsode.rendering.trial import Trial
    from rhapsode.storage.packs import ClosedPack


def render(job: RenderJob) -> RenderResult:
    """See `worker.render`."""
    from rhapsode.rendering import worker

    return worker.render(job)


def encode(job: EncodeJob) -> "ClosedPack":
    """See `encode_worker.encode`."""
    from rhapsode.rendering import encode_worker

    return encode_worker.encode(job)


def speak(job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
    """See `speak_worker.speak`."""
    from rhapsode.rendering import speak_worker

    return speak_worker.speak(job, audio_keys)


def speak_aloud(
    job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, notices: "Connection"
) -> KeptStream | None:
    """See `speak_worker.speak_aloud`."""
    from rhapsode.rendering import speak_worker

    with notices:
        return speak_worker.speak_aloud(
            job, audio_keys, spool, lambda notice: notices.send_bytes(notice.pack())
        )


def speak_live(job: SpeakJob, keeps: bool) -> "LiveStretch":
    """See `live_worker.speak_live`."""
    from rhapsode.rendering import live_worker

    return live_worker.speak_live(job, keeps=keeps)


def align(job: "AlignJob") -> "AlignedReading":
    """See `align_worker.align_recording`."""
    from rhapsode.rendering import align_worker

    return align_worker.align_recording(job)


def measure(request: "SpeechRequest", speakers: "Speakers") -> "Level":
    """See `measure_worker.measure`."""
    from rhapsode.rendering import measure_worker

    return measure_worker.measure(request, speakers)


def try_out(first: "SpeechRequest", request: "SpeechRequest", speakers: "Speakers") -> "Trial":
    """See `trial_worker.try_out`."""
    from rhapsode.rendering import trial_worker

    return trial_worker.try_out(first, request, speakers)


def speak_again(request: "SpeechRequest", speakers: "Speakers", pace: "Pace") -> bytes:
    """See `remake_worker.speak_again`."""
    from rhapsode.rendering import remake_worker

    return remake_worker.speak_again(request, speakers, pace)


def encode_again(job: EncodeJob) -> bytes:
    """See `remake_worker.encode_again`."""
    from rhapsode.rendering import remake_worker

    return remake_worker.encode_again(job)


def find_peaks(job: PeaksJob) -> dict[bytes, bytes]:
    """See `peaks_worker.find_peaks`."""
    from rhapsode.rendering import peaks_worker

    return peaks_worker.find_peaks(job)


def ready() -> None:
    """Nothing but what takes time before the first job."""
    import rhapsode.rendering.speak_worker
    import rhapsode.rendering.worker  # noqa: F401
