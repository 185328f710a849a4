"""What is made of a text before it is spoken, as clients hear it and as they are told of it."""

import base64
import json
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs, PronunciationDictionaryVersionLocator
from tests.factories import need_espeak

from rhapsode.engines import tone

from .journeys import error_of, narrated

CHARACTER_S = tone.CHARACTER_SAMPLES / tone.SAMPLE_RATE_HZ
BREAK = '<break time="1.5s"/>'
SMITH = "Dr. Smith paid $5 on 1/2/2024"
PCM = "pcm_44100"
PCM_HZ = 44_100
Alignment = dict[str, list[Any]]


def timed(
    http: httpx.Client, text: str, *, voice_id: str = "tone_low", logging: bool = True, **body: Any
) -> Any:
    """Speak a text with timestamps, as PCM."""
    response = http.post(
        f"/v1/text-to-speech/{voice_id}/with-timestamps",
        params={"output_format": PCM, "enable_logging": logging},
        json={"text": text, **body},
    )
    return response.raise_for_status().json()


def samples_of(answer: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.frombuffer(base64.b64decode(answer["audio_base64"]), "<i2")


def times_of(alignment: Alignment) -> list[tuple[float, float]]:
    starts, ends = alignment["character_start_times_seconds"], alignment["character_end_times_seconds"]
    return list(zip(starts, ends, strict=True))


def check(alignment: Alignment, text: str) -> None:
    """One entry for each code point, none of which begins before the one before it ends."""
    assert alignment["characters"] == list(text)
    times = times_of(alignment)
    assert all(start <= end for start, end in times)
    assert all(before[1] <= after[0] for before, after in pairwise(times))


@pytest.mark.parametrize("logging", [True, False])
def test_a_pause_is_exactly_as_long_as_its_tag_says(http: httpx.Client, logging: bool) -> None:
    """The tag's characters share it; what was spoken has a gap there; and nothing is heard."""
    text = f"One.{BREAK} Two."
    answer = timed(http, text, logging=logging)
    check(answer["alignment"], text)
    check(answer["normalized_alignment"], "One. Two.")
    begin, end = 4 * CHARACTER_S, 4 * CHARACTER_S + 1.5
    tag = times_of(answer["alignment"])[4 : 4 + len(BREAK)]
    assert (tag[0][0], tag[-1][1]) == pytest.approx((begin, end), abs=1e-6)
    assert all(later - earlier == pytest.approx(1.5 / len(BREAK), abs=1e-4) for earlier, later in tag)
    spoken = times_of(answer["normalized_alignment"])
    assert (spoken[3][1], spoken[4][0]) == pytest.approx((begin, end), abs=1e-6)
    samples = samples_of(answer)
    # The edges are those of a resampler, which spreads a sound by some samples.
    assert not samples[round(begin * PCM_HZ) + 100 : round(end * PCM_HZ) - 100].any()
    assert samples[: round(begin * PCM_HZ)].any()


def test_a_text_of_nothing_but_a_pause(http: httpx.Client) -> None:
    """Is that much silence."""
    answer = timed(http, BREAK)
    check(answer["alignment"], BREAK)
    assert times_of(answer["alignment"])[-1][1] == 1.5
    assert answer["normalized_alignment"]["characters"] == []
    assert not samples_of(answer).any()


def test_real_speech_pauses_too(http: httpx.Client) -> None:
    """A sentence is as long as it was, with the pause between its halves."""
    need_espeak()
    text = f"Hello there.{BREAK} Goodbye."
    answer = timed(http, text, voice_id="espeak_alder")
    check(answer["alignment"], text)
    tag = times_of(answer["alignment"])[12 : 12 + len(BREAK)]
    assert tag[-1][1] - tag[0][0] == pytest.approx(1.5, abs=2e-6)
    samples = samples_of(answer)
    begin, end = (round(second * PCM_HZ) for second in (tag[0][0], tag[-1][1]))
    assert not samples[begin + 100 : end - 100].any()
    assert samples[end:].any()


@pytest.mark.parametrize("logging", [True, False])
def test_both_alignments_of_real_speech_are_exact(http: httpx.Client, logging: bool) -> None:
    """One is of every code point that was sent, the other of every one that was spoken, over the same time."""
    need_espeak()
    answer = timed(http, SMITH, voice_id="espeak_alder", logging=logging)
    for item in http.get("/v1/history").json()["history"]:
        kept = http.get(f"/v1/history/{item['history_item_id']}").json()["alignments"]
        assert kept == {name: answer[name] for name in kept}
    check(answer["alignment"], SMITH)
    spoken = "".join(answer["normalized_alignment"]["characters"])
    check(answer["normalized_alignment"], spoken)
    assert spoken.startswith("Doctor Smith paid five dollars on ")
    assert not any(character.isdigit() for character in spoken)
    original, words = times_of(answer["alignment"]), times_of(answer["normalized_alignment"])
    assert (original[0][0], original[-1][1]) == (words[0][0], words[-1][1])
    assert original[-1][1] * PCM_HZ <= samples_of(answer).size
    # "Smith" is the same word in both.
    assert original[4:9] == words[7:12]
    dollars = spoken.index("five dollars")
    assert (original[15][0], original[16][1]) == (
        words[dollars][0],
        words[dollars + len("five dollars") - 1][1],
    )


def test_numbers_may_be_left_to_the_engine(http: httpx.Client) -> None:
    """`off` speaks what was sent; `auto` and `on` are the same, in the language that was named."""
    usual, on, off = (
        timed(http, "12 lamps", language_code="en", apply_text_normalization=asked)
        for asked in ("auto", "on", "off")
    )
    german = timed(http, "12 lamps", language_code="de")
    assert "".join(usual["normalized_alignment"]["characters"]) == "twelve lamps"
    assert on == usual
    assert off["normalized_alignment"] == off["alignment"]
    assert "".join(german["normalized_alignment"]["characters"]) == "zwölf lamps"
    assert "".join(timed(http, "12 lamps")["normalized_alignment"]["characters"]) == "12 lamps"


def test_audio_tags_are_read_by_models_that_do_not_know_them(http: httpx.Client) -> None:
    """By others they are silent, and their characters take no time."""
    text = "[sighs] Oh."
    silent, read = (timed(http, text, model_id=model) for model in ("eleven_v3", "eleven_multilingual_v2"))
    check(silent["alignment"], text)
    assert times_of(silent["alignment"])[:7] == [(0, 0)] * 7
    assert silent["normalized_alignment"]["characters"] == list(" Oh.")
    assert times_of(read["alignment"])[6][1] == pytest.approx(7 * CHARACTER_S, abs=1e-6)
    assert samples_of(silent).size < samples_of(read).size


def test_a_text_of_nothing_but_a_direction_is_a_moment(http: httpx.Client) -> None:
    """It isn't an empty text: its client sees nothing wrong in it."""
    answer = timed(http, "[sighs]", model_id="eleven_v3")
    assert times_of(answer["alignment"]) == [(0, 0)] * 7
    assert not samples_of(answer).any()


def test_lines_of_a_stream_say_what_was_spoken(http: httpx.Client) -> None:
    """Joined, they are what a whole answer has, though numbers make a text longer than an engine takes at once."""
    pause = '<break time="20ms"/>'
    text = f"It was 7,777,777 metres.{pause} " * 40
    response = http.post(
        "/v1/text-to-speech/tone_low/stream/with-timestamps",
        params={"output_format": "ulaw_8000"},
        json={"text": text, "language_code": "en"},
    )
    lines = [json.loads(line) for line in response.text.splitlines()]
    whole = timed(http, text, language_code="en")
    assert len(text) < 2_000
    assert len(lines) > 1
    for name in ("alignment", "normalized_alignment"):
        for field, values in whole[name].items():
            assert [value for line in lines for value in line[name][field]] == values
    check(whole["alignment"], text)
    spoken = "".join(whole["normalized_alignment"]["characters"])
    assert spoken.count("seven million") == 40
    assert "<" not in spoken


def make_dictionary(http: httpx.Client, *rules: dict[str, Any]) -> str:
    made = http.post("/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Names", "rules": rules})
    return str(made.raise_for_status().json()["id"])


def alias(string: str, spoken: str) -> dict[str, Any]:
    return {"type": "alias", "string_to_replace": string, "alias": spoken}


def test_a_dictionary_changes_what_is_spoken(client: ElevenLabs, http: httpx.Client) -> None:
    """The official SDK names it; the text and its alignment stay those that were sent."""
    locator = PronunciationDictionaryVersionLocator(
        pronunciation_dictionary_id=make_dictionary(http, alias("Hull", "Kingston upon Hull"))
    )
    answer = client.text_to_speech.convert_with_timestamps(
        "tone_low", text="To Hull.", pronunciation_dictionary_locators=[locator]
    )
    assert answer.alignment is not None
    assert answer.normalized_alignment is not None
    assert answer.alignment.characters == list("To Hull.")
    assert answer.normalized_alignment.characters == list("To Kingston upon Hull.")
    assert answer.alignment.character_end_times_seconds[-1] == pytest.approx(22 * CHARACTER_S, abs=1e-6)
    (item,) = client.history.list().history
    assert item.text == "To Hull."


@pytest.mark.parametrize("logging", [True, False])
def test_the_first_of_several_dictionaries_wins(http: httpx.Client, logging: bool) -> None:
    """In the order in which they are named."""
    first, second = (make_dictionary(http, alias("Hull", name)) for name in ("one", "two"))
    for ids, expected in (((first, second), "one"), ((second, first), "two")):
        locators = [{"pronunciation_dictionary_id": dictionary_id} for dictionary_id in ids]
        answer = timed(http, "Hull", logging=logging, pronunciation_dictionary_locators=locators)
        assert "".join(answer["normalized_alignment"]["characters"]) == expected


def test_somebody_elses_dictionary_is_not_there(http: httpx.Client, other_http: httpx.Client) -> None:
    """As if it had never been."""
    locators = [{"pronunciation_dictionary_id": make_dictionary(other_http, alias("Hull", "one"))}]
    response = http.post(
        "/v1/text-to-speech/tone_low", json={"text": "Hull", "pronunciation_dictionary_locators": locators}
    )
    assert error_of(response) == (404, "pronunciation_dictionary_not_found")


def test_a_project_is_read_as_it_says(client: ElevenLabs) -> None:
    """Its numbers in words, its pauses as silence; its alignment is of what was written."""
    text = f"12 lamps.{BREAK} Dark."
    content = [
        {
            "name": "One",
            "blocks": [
                {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": text}]}
            ],
        }
    ]
    seconds = {}
    for asked in ("auto", "off"):
        project_id, snapshot_id = narrated(client, content, apply_text_normalization=asked)
        snapshot = client.studio.projects.snapshots.get(project_id, snapshot_id)
        (alignment,) = snapshot.character_alignments
        assert "".join(alignment.characters) == text
        tag = slice(9, 9 + len(BREAK))
        starts = alignment.character_start_times_seconds[tag]
        ends = alignment.character_end_times_seconds[tag]
        assert ends[-1] - starts[0] == pytest.approx(1.5, abs=2e-6)
        seconds[asked] = starts[0]
    assert seconds["auto"] - seconds["off"] == pytest.approx(4 * CHARACTER_S, abs=2e-6)
