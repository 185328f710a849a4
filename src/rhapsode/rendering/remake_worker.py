"""What a child process of the pool does for a segment that is damaged: make its bytes again, and keep nothing."""

from rhapsode.audio.encode import to_flac
from rhapsode.audio.pace import Pace
from rhapsode.rendering import aloud
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.encode_worker import encode_one
from rhapsode.rendering.render_jobs import EncodeJob
from rhapsode.rendering.speakers import Speakers


def speak_again(request: SpeechRequest, speakers: Speakers, pace: Pace) -> bytes:
    """Speak, as it is stored. Raises: as `aloud.speak` does."""
    speech = aloud.speak(request, speakers, pace)
    return to_flac(speech.samples, speech.sample_rate_hz)


def encode_again(job: EncodeJob) -> bytes:
    """Encode the only request of a job. Raises: as `encode_one` does."""
    (request,) = job.requests
    return encode_one(job, request)[0]
