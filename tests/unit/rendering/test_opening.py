"""How a single text begins, and how much may be spoken for it."""

from itertools import pairwise

import numpy as np
import pytest
from tests.factories import TONE_LOW, WORKSPACE, need_espeak

from rhapsode.audio.grid import pause_frames, segment_frames
from rhapsode.engines.registry import get_engine
from rhapsode.rendering.draft import SpeechRequest
from rhapsode.rendering.opening import check_spoken_length, ends_a_sentence
from rhapsode.rendering.pauses import SENTENCE_MS
from rhapsode.rendering.reading import split_text
from rhapsode.rendering.script import Script, SpeakRequest, plan_script, read_by
from rhapsode.studio.errors import TextTooLong
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.limits import MAX_SPOKEN_CHARACTERS
from rhapsode.studio.voice import VoiceSettings
from rhapsode.voices.catalogue import engine_catalogue

SENTENCE = "The rain fell on the harbour, and nobody came to see it fall. "
RATE_HZ = 22_050


def planned(text: str, voice_id: VoiceId = TONE_LOW) -> Script:
    return plan_script(
        WORKSPACE,
        SpeakRequest(text, voice_id, "mp3_44100_128", "eleven_multilingual_v2", "request"),
        engine_catalogue(),
    )


def keys_in_a_project(text: str) -> list[bytes]:
    """Of a paragraph with this text."""
    reading = read_by(
        engine_catalogue().get(TONE_LOW),
        settings=VoiceSettings(),
        language=None,
        rules=(),
        normalization="auto",
        model_id="",
    )
    return [part.speech_key for part in split_text(text, reading, WORKSPACE)]


@pytest.mark.parametrize("text", ["It rained.", SENTENCE * 3, "x" * 200])
def test_a_short_text_shares_its_speech_with_a_paragraph(text: str) -> None:
    """It stays whole, and nothing follows it."""
    (part,) = planned(text).parts
    assert [part.speech_key] == keys_in_a_project(text)
    assert (part.text, part.rest_frames) == (text, 0)


def test_a_long_text_begins_with_a_sentence_and_grows() -> None:
    """Each part has whole sentences, at most twice as many characters as the one before, up to a segment."""
    parts = planned(SENTENCE * 100).parts
    sizes = [len(part.text) for part in parts]
    assert sizes[:5] == [len(SENTENCE) * count for count in (1, 3, 6, 12, 32)]
    assert "".join(part.text for part in parts) == SENTENCE * 100
    assert all(part.text.endswith("fall. ") for part in parts)


def test_a_sentence_is_never_cut_for_the_beginning() -> None:
    """One that is longer than the first part is to be is the first part; without any, nothing is cut early."""
    long = "The rain fell on the harbour " + "and on the boats " * 8 + "and nobody came. "
    assert planned(long + SENTENCE * 2).parts[0].text == long
    assert len(planned("rain " * 300).parts) == 1


def test_what_is_left_is_not_cut_for_its_own_sake() -> None:
    """The end of a text that fits into the next part is one part."""
    assert [len(part.text) for part in planned(SENTENCE * 4).parts] == [len(SENTENCE), 3 * len(SENTENCE)]


def test_sentences_that_are_spoken_apart_have_a_pause_between_them() -> None:
    """Of the same length behind each part but the last, and behind none that ends in the middle of a sentence."""
    rests = [part.rest_frames for part in planned(SENTENCE * 100).parts]
    assert set(rests[:-1]) == {pause_frames(SENTENCE_MS)}
    assert rests[-1] == 0
    assert [part.rest_frames for part in planned("rain " * 600).parts] == [0, 0]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("It rained. ", True),
        ("Did it?", True),
        ("“It did!” ", True),
        ("下雨了。", True),
        ("A title\n\n", True),
        ("It rained, ", False),
        ("rain ", False),
        ("", False),
    ],
)
def test_a_sentence_ends_with_its_mark(text: str, ends: bool) -> None:
    """Behind which a quotation may close; a line that ends is one, too."""
    assert ends_a_sentence(text) is ends


def test_real_speech_has_the_pauses_that_its_engine_makes() -> None:
    """From sound to sound, a seam is as long as espeak's own pause between two sentences, to 50 ms."""
    need_espeak()
    voice = VoiceId("espeak_alder")
    text = "The lamp was lit and nobody saw it. " * 8
    script = planned(text, voice)
    whole = get_engine("espeak").synthesize(
        text,
        voice=engine_catalogue().get(voice),
        language=engine_catalogue().get(voice).language,
        settings=VoiceSettings(),
    )
    own_ms = longest_silences_ms(whole.samples, count=7)
    seams_ms = []
    for before, after in pairwise(script.parts):
        pieces = [spoken(script.requests[part.speech_key or b""]) for part in (before, after)]
        length = (segment_frames(pieces[0].size * 2) + before.rest_frames) * 1152 // 2
        joined = np.concatenate([np.pad(pieces[0], (0, length - pieces[0].size)), pieces[1]])
        around = joined[pieces[0].size - RATE_HZ // 5 : length + RATE_HZ // 5]
        seams_ms += longest_silences_ms(around, count=1)
    assert len(seams_ms) >= 1
    assert all(abs(seam - np.median(own_ms)) < 50 for seam in seams_ms)


def spoken(request: SpeechRequest) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    voice = engine_catalogue().get(request.voice_id)
    speech = get_engine(request.engine).synthesize(
        request.spoken_text, voice=voice, language=request.language, settings=VoiceSettings()
    )
    assert speech.sample_rate_hz == RATE_HZ
    return speech.samples


def longest_silences_ms(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]", *, count: int) -> list[float]:
    """Stretches between two sounds."""
    sounds = np.flatnonzero(np.abs(samples.astype(np.int32)) > 40)
    return sorted((np.diff(sounds) / RATE_HZ * 1000).tolist())[-count:]


@pytest.mark.parametrize("text", ["1/" * 10_000, "£" * 20_000, "seven " * 20_000])
def test_what_takes_hours_to_say_is_refused(text: str) -> None:
    """A sign counts as the word that is said for it."""
    with pytest.raises(TextTooLong, match=str(MAX_SPOKEN_CHARACTERS)):
        check_spoken_length([text])


@pytest.mark.parametrize("text", [SENTENCE * 645, "वर्षा बंदरगाह पर हुई। " * 1_800, "雨落在港口。" * 6_600])
def test_prose_of_the_longest_length_is_spoken(text: str) -> None:
    """In any writing."""
    check_spoken_length([text[:40_000]])
