"""What a child process of the pool does: speak, keep as FLAC, master, encode, measure, and write packs.

Speech and audio go to packs of their own. A job ends early, with what is finished, when a pack is full or has
been open long enough: whoever gave the job commits that and gives the rest again.
"""

from functools import partial

from rhapsode.audio.encode import Samples, encode_pause, encode_segment, from_flac, to_44100, to_flac
from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.loudness import master
from rhapsode.audio.measurements import measured_bytes
from rhapsode.audio.pace import UNKNOWN_PACE, Pace
from rhapsode.rendering import aloud
from rhapsode.rendering.ahead import Ahead
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.speech_meta import pace_of_speech, speech_meta
from rhapsode.storage.packs import (
    AudioMeta,
    PackWriter,
    close_packs,
    read_segment,
)
from rhapsode.studio.errors import EngineFailed, InvalidInput, MasterChanged

_CHANGED = (
    "The voice {} was asked for speech that had been dropped, and doesn't say it as it did. Convert again, and it is "
    "spoken anew."
)


def render(job: RenderJob) -> RenderResult:
    """Make the segments of a job, at least one, and close the packs they are in.

    An engine that fails or refuses a text ends the job early too, unless nothing was made before: whoever gives the
    rest hears of it.
    Raises: EngineFailed, TextRefused, UnknownVoice, UnknownLanguage, VoiceRefused, MasterChanged, StorageFull,
    DataDamaged; the first six with the key of the segment that couldn't be made. Then
    nothing of the job is kept but a pack that had its name already, which nobody records: the next start adopts it.
    """
    rendering = _Rendering(job)
    try:
        return rendering.run()
    except BaseException:
        rendering.abandon()
        raise


class _Rendering:
    """One job: the two open packs and what has been spoken so far."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job
        self._blobs = job.blobs
        directory = self._blobs.temporary_directory()
        self._speech_pack = PackWriter(directory, job.workspace_id, "speech")
        self._audio_pack = PackWriter(directory, job.workspace_id, "audio")
        self._spoken_characters = 0
        self._paces: dict[bytes, Pace] = {}
        new = (request.speech for request in job.requests if request.speech is not None)
        self._ahead = Ahead(
            (speech for speech in new if speech.speech_key not in job.spoken),
            partial(aloud.prepare, speakers=job.speakers),
        )
        self._is_ending = False

    def run(self) -> RenderResult:
        finished_count = 0
        trouble: EngineFailed | InvalidInput | MasterChanged | None = None
        for request in self._job.requests:
            if self._is_ending and not self._owes(request):
                continue
            try:
                self._make(request)
                finished_count += 1
            except (EngineFailed, InvalidInput, MasterChanged) as error:
                # What was spoken before is kept, as somebody may have paid for it, and so is what the engine has
                # spoken of what it was told of.
                if trouble is None:
                    trouble = error
                    trouble.segment_key = request.segment_key
                self._end()
            if self._speech_pack.is_due or self._audio_pack.is_due:
                self._end()
        if trouble is not None and finished_count == 0:
            raise trouble
        packs = close_packs([self._speech_pack, self._audio_pack], self._blobs)
        return RenderResult(
            tuple(packs),
            finished_count,
            self._spoken_characters,
            self._paces,
        )

    def _end(self) -> None:
        self._is_ending = True
        self._ahead.end()

    def _owes(self, request: SegmentRequest) -> bool:
        return request.speech is not None and self._ahead.owes(request.speech)

    def abandon(self) -> None:
        self._speech_pack.abandon()
        self._audio_pack.abandon()

    def _make(self, request: SegmentRequest) -> None:
        encoding = ENCODINGS[request.encoding]
        if request.speech is None:
            assert request.frame_count is not None
            content = encode_pause(request.frame_count, encoding)
            meta = AudioMeta(request.frame_count, encoding.name, None)
        else:
            samples = to_44100(*self._sound(request.speech))
            mastering = request.mastering
            if mastering is not None:
                samples = master(samples, mastering)
            # As long as the processor has the samples at hand.
            measured = measured_bytes(samples)
            content = encode_segment(samples, encoding)
            meta = AudioMeta(
                segment_frames(samples.size),
                encoding.name,
                request.speech.speech_key,
                None if mastering is None else mastering.name,
                measured,
            )
        self._audio_pack.append(request.segment_key, content, meta)

    def _sound(self, request: SpeechRequest) -> tuple[Samples, int]:
        """Samples and their rate, of speech that exists or is new."""
        key = request.speech_key
        if key in self._job.spoken:
            return from_flac(read_segment(self._blobs, self._job.spoken[key]))
        pace = self._job.paces.get(key)
        self._ahead.begin(request)
        then = self._ahead.after(request)
        speech = aloud.speak(request, self._job.speakers, pace or UNKNOWN_PACE, then=then)
        if pace is None:
            self._paces[key] = pace_of_speech(request.spoken_text, speech)
        self._spoken_characters += len(request.spoken_text)
        content = to_flac(speech.samples, speech.sample_rate_hz)
        if key in self._job.dropped and not self._job.dropped[key].is_content(content):
            raise MasterChanged(_CHANGED.format(request.voice_id))
        self._speech_pack.append(key, content, speech_meta(speech))
        return speech.samples, speech.sample_rate_hz
