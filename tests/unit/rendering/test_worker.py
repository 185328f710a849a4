"""What a child process of the pool makes of a job."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, engine_voices

from rhapsode.audio.encode import encode_segment, from_flac, to_44100
from rhapsode.audio.encoding import MP3_128, MP3_192, Encoding
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.mastering import Mastering
from rhapsode.audio.measurements import measured_bytes, unpack_measurements
from rhapsode.engines.tone import CHARACTER_SAMPLES
from rhapsode.engines.tone import SAMPLE_RATE_HZ as TONE_RATE_HZ
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.worker import render
from rhapsode.storage import pack_writer
from rhapsode.storage.alignments import pack_alignment
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.packs import (
    AudioMeta,
    PackedSegment,
    SegmentLocation,
    SpeechMeta,
    list_pack_ids,
    read_segment,
)
from rhapsode.studio.alignment import Alignment
from rhapsode.studio.errors import TextRefused, UnknownVoice
from rhapsode.studio.ids import VoiceId


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def spoken(
    number: int, text: str, *, voice_id: VoiceId = TONE_LOW, encoding: Encoding = MP3_128
) -> SegmentRequest:
    """A request for speech whose keys are two numbers."""
    request = SpeechRequest(number.to_bytes(32, "big"), text, "tone", voice_id, "mul", {})
    return SegmentRequest(
        (10_000 * [MP3_128, MP3_192].index(encoding) + 1_000 + number).to_bytes(32, "big"),
        encoding.name,
        request,
    )


def pause(number: int, frame_count: int) -> SegmentRequest:
    return SegmentRequest((2_000 + number).to_bytes(32, "big"), MP3_128.name, None, frame_count)


def run(
    blobs: LocalBlobs, *requests: SegmentRequest, existing: dict[bytes, SegmentLocation] | None = None
) -> RenderResult:
    return render(RenderJob(WORKSPACE, blobs, requests, existing or {}, engine_voices()))


def segments(result: RenderResult, kind: str) -> list[PackedSegment]:
    return [segment for pack in result.packs if pack.kind == kind for segment in pack.segments]


def measured(speech: PackedSegment, blobs: LocalBlobs) -> bytes:
    """What is known of the audio of some speech."""
    samples = to_44100(*from_flac(read_segment(blobs, speech.location)))
    return measured_bytes(samples)


def test_what_is_mastered_is_measured_afterwards(blobs: LocalBlobs) -> None:
    """As it is encoded: as many decibels louder."""
    plain, turned = spoken(1, "One."), spoken(2, "One.")
    audio = segments(run(blobs, plain, replace(turned, mastering=Mastering(-6.0))), "audio")
    found = [
        unpack_measurements(each.meta.measurements or b"")
        for each in audio
        if isinstance(each.meta, AudioMeta)
    ]
    assert found[1].peak / found[0].peak == pytest.approx(10 ** (-6 / 20), rel=1e-3)
    assert found[1].squares.mean() / found[0].squares.mean() == pytest.approx(10 ** (-6 / 10), rel=1e-3)


def test_speech_is_kept_and_encoded(blobs: LocalBlobs) -> None:
    """Two packs in the order of the requests: speech as FLAC with its alignment, and its encoding."""
    requests = [spoken(1, "One."), pause(1, 20), spoken(2, "Two!")]
    result = run(blobs, *requests)

    assert (result.finished_count, result.spoken_characters) == (3, 8)
    assert [pack.kind for pack in result.packs] == ["speech", "audio"]
    speech, audio = segments(result, "speech"), segments(result, "audio")
    assert [segment.key for segment in audio] == [request.segment_key for request in requests]
    samples, rate_hz = from_flac(read_segment(blobs, speech[0].location))
    meta = speech[0].meta
    assert isinstance(meta, SpeechMeta)
    assert (samples.size, rate_hz) == (4 * CHARACTER_SAMPLES, TONE_RATE_HZ)
    assert (meta.sample_count, meta.sample_rate_hz) == (samples.size, rate_hz)
    boundaries = range(0, samples.size + 1, CHARACTER_SAMPLES)
    assert meta.alignment == pack_alignment(Alignment(tuple(boundaries)))
    assert read_segment(blobs, audio[0].location) == encode_segment(to_44100(samples, rate_hz), MP3_128)
    assert [segment.meta for segment in audio] == [
        AudioMeta(
            segment_frames(8 * CHARACTER_SAMPLES), MP3_128.name, each.key, measurements=measured(each, blobs)
        )
        if each is not None
        else AudioMeta(20, MP3_128.name, None)
        for each in (speech[0], None, speech[1])
    ]


def test_nothing_to_speak_is_a_segment_of_one_frame(blobs: LocalBlobs) -> None:
    """A text of which nothing is left has speech of no samples, kept like any other."""
    result = run(blobs, spoken(1, ""))
    (speech,), (audio,) = segments(result, "speech"), segments(result, "audio")
    samples, _ = from_flac(read_segment(blobs, speech.location))
    assert samples.size == 0
    assert isinstance(speech.meta, SpeechMeta)
    assert speech.meta.alignment == pack_alignment(Alignment((0,)))
    assert audio.meta == AudioMeta(1, MP3_128.name, speech.key, measurements=measured(speech, blobs))
    assert result.spoken_characters == 0


def test_a_job_of_pauses_has_no_speech(blobs: LocalBlobs) -> None:
    """An empty pack isn't written."""
    result = run(blobs, pause(1, 1), pause(2, 80))
    assert [pack.kind for pack in result.packs] == ["audio"]
    assert [segment.meta for segment in segments(result, "audio")] == [
        AudioMeta(1, MP3_128.name, None),
        AudioMeta(80, MP3_128.name, None),
    ]


def test_speech_that_exists_is_not_spoken_again(blobs: LocalBlobs) -> None:
    """It is read and encoded: a request for it may even name a voice that is no longer there."""
    first = run(blobs, spoken(1, "One."), spoken(2, ""))
    existing = {segment.key: segment.location for segment in segments(first, "speech")}

    gone = VoiceId("gone")
    result = run(
        blobs,
        spoken(1, "One.", encoding=MP3_192, voice_id=gone),
        spoken(2, "", encoding=MP3_192, voice_id=gone),
        existing=existing,
    )

    assert result.spoken_characters == 0
    assert [pack.kind for pack in result.packs] == ["audio"]
    samples, rate_hz = from_flac(read_segment(blobs, existing[(1).to_bytes(32, "big")]))
    (audio, _) = segments(result, "audio")
    assert read_segment(blobs, audio.location) == encode_segment(to_44100(samples, rate_hz), MP3_192)


@pytest.mark.parametrize(("limit", "value"), [("MAX_PACK_BYTES", 20_000), ("MAX_PACK_OPEN_S", 0.0)])
def test_a_job_ends_early_when_a_pack_is_due(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    """At least one request is finished, and going on with the rest gives what one job would have given."""
    requests = [spoken(number, f"Sentence number {number}.") for number in range(6)]
    at_once = run(blobs, *requests)
    assert at_once.finished_count == 6
    monkeypatch.setattr(pack_writer, limit, value)

    pieces, done = [], 0
    while done < len(requests):
        pieces.append(run(blobs, *requests[done:]))
        done += pieces[-1].finished_count

    assert len(pieces) > 1
    assert all(piece.finished_count >= 1 for piece in pieces)
    for kind in ("speech", "audio"):
        assert [s.crc32 for piece in pieces for s in segments(piece, kind)] == [
            s.crc32 for s in segments(at_once, kind)
        ]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (lambda: spoken(2, "Two.", voice_id=VoiceId("gone")), UnknownVoice),
        (lambda: spoken(2, "a" * 2_001), TextRefused),
    ],
)
def test_a_job_that_fails_keeps_nothing(
    blobs: LocalBlobs, request_: Callable[[], SegmentRequest], error: type[Exception]
) -> None:
    """The error has its name, and no file is left, neither a pack nor an unfinished one."""
    with pytest.raises(error):
        run(blobs, request_(), spoken(1, "One."))
    assert list(list_pack_ids(blobs)) == []
    assert list(blobs.temporary_directory().iterdir()) == []


def test_what_was_spoken_before_a_text_that_is_refused_is_kept(blobs: LocalBlobs) -> None:
    """Somebody may have paid for it; what comes after it isn't spoken, and the next job says what is wrong."""
    refused = spoken(2, "a" * 2_001)
    result = run(blobs, spoken(1, "One."), refused, spoken(3, "Three."))
    assert result.finished_count == 1
    assert len(segments(result, "speech")) == len(segments(result, "audio")) == 1

    with pytest.raises(TextRefused) as error:
        run(blobs, refused, spoken(3, "b" * 2_001))
    assert error.value.segment_key == refused.segment_key


def test_the_same_job_gives_the_same_packs(tmp_path: Path) -> None:
    """In any store, byte for byte: a pack is named by its digest."""
    requests = [spoken(1, "One."), pause(1, 20), spoken(2, "\u00e9")]
    results = [run(LocalBlobs(tmp_path / name), *requests) for name in "ab"]
    assert results[0] == results[1]
