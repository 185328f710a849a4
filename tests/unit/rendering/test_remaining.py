"""What whoever hands out slices has to know of one."""

from rhapsode.audio.encoding import MP3_128
from rhapsode.jobs.conversions import Slice
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.plan import SegmentRequest
from rhapsode.rendering.remaining import remaining_slice
from rhapsode.storage.conversions import ConversionSlice
from rhapsode.studio.ids import VoiceId


def spoken(key: bytes, text: str, engine: str) -> SegmentRequest:
    speech = SpeechRequest(b"speech" + key, text, engine, VoiceId("v"), "en", {})
    return SegmentRequest(b"audio" + key, MP3_128.name, speech)


LOW, HIGH = spoken(b"1", "Hello.", "tone"), spoken(b"2", "Good day.", "espeak")
PAUSE = SegmentRequest(b"pause", MP3_128.name, None, 20)
PIECE = ConversionSlice(3, 1, b"")


def test_it_needs_the_engines_of_what_is_not_spoken_yet() -> None:
    """An earlier version has cut slices of several; what is only encoded needs none."""
    requests = [PAUSE, LOW, HIGH]
    assert remaining_slice(PIECE, requests, set()) == Slice(3, 1, ("espeak", "tone"), 15)
    assert remaining_slice(PIECE, requests, {b"audio2"}) == Slice(3, 1, ("tone",), 6)
    assert remaining_slice(PIECE, requests, {b"speech1", b"speech2"}) == Slice(3, 1, (), 0)


def test_what_exists_needs_nothing() -> None:
    """A slice that was made meanwhile isn't handed out."""
    assert remaining_slice(PIECE, [LOW], {b"audio1", b"speech1"}) is None
