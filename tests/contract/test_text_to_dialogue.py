"""Text-to-dialogue: its four forms, what history keeps of it, and what is refused."""

import asyncio
import base64
import io
import json
import zipfile
from typing import Any

import av
import httpx
import pytest
from elevenlabs import AsyncElevenLabs, DialogueInput, ElevenLabs
from tests.factories import need_espeak

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.grid import pause_frames, segment_frames
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head
from rhapsode.engines.tone import CHARACTER_SAMPLES
from rhapsode.engines.tone import SAMPLE_RATE_HZ as TONE_RATE_HZ
from rhapsode.rendering.pauses import LINE_MS
from rhapsode.studio.limits import MAX_DIALOGUE_LINES, MAX_SPEAK_CHARACTERS

from .journeys import error_of
from .running import LiveServer

PATH = "/v1/text-to-dialogue"
FORMS = ("", "/stream", "/with-timestamps", "/stream/with-timestamps")
SAID = [("Who is there?", "tone_low"), ("Nobody.", "tone_high"), ("Good.", "tone_low")]
INPUTS = [{"text": text, "voice_id": voice_id} for text, voice_id in SAID]
LINES = [DialogueInput(text=text, voice_id=voice_id) for text, voice_id in SAID]
JOINED = "Who is there?\nNobody.\nGood."


def frames_of(text: str) -> int:
    """How many frames of the grid the tones of a line take, which are exact."""
    return segment_frames(len(text) * CHARACTER_SAMPLES * SAMPLE_RATE_HZ // TONE_RATE_HZ)


def starts_s() -> list[float]:
    """When each line begins: a pause stands between two."""
    frames, starts = 0, []
    for text, _ in SAID:
        starts.append(frames * FRAME_SAMPLES / SAMPLE_RATE_HZ)
        frames += frames_of(text) + pause_frames(LINE_MS)
    return starts


def ask(
    http: httpx.Client, form: str = "", query: dict[str, Any] | None = None, **body: Any
) -> httpx.Response:
    """Ask for the dialogue, or for another one."""
    return http.post(PATH + form, params=query, json={"inputs": INPUTS} | body)


def test_the_sdk_gets_all_four_forms(client: ElevenLabs) -> None:
    """Whole and streamed, with and without timestamps, they are the same bytes."""
    dialogue = client.text_to_dialogue
    whole = b"".join(dialogue.convert(inputs=LINES))
    timed = dialogue.convert_with_timestamps(inputs=LINES)
    chunks = list(dialogue.stream_with_timestamps(inputs=LINES))
    assert b"".join(dialogue.stream(inputs=LINES)) == whole
    assert base64.b64decode(timed.audio_base_64) == whole
    assert b"".join(base64.b64decode(chunk.audio_base_64) for chunk in chunks) == whole
    with av.open(io.BytesIO(whole)) as container:
        assert container.streams.audio[0].codec_context.name.startswith("mp3")


def test_the_asynchronous_sdk_gets_all_four_forms(async_client: AsyncElevenLabs) -> None:
    """The same through the other client."""

    async def speak_it() -> tuple[bytes, bytes, Any, list[Any]]:
        dialogue = async_client.text_to_dialogue
        whole = b"".join([part async for part in dialogue.convert(inputs=LINES)])
        streamed = b"".join([part async for part in dialogue.stream(inputs=LINES)])
        timed = await dialogue.convert_with_timestamps(inputs=LINES)
        return whole, streamed, timed, [c async for c in dialogue.stream_with_timestamps(inputs=LINES)]

    whole, streamed, timed, chunks = asyncio.run(speak_it())
    assert streamed == whole == base64.b64decode(timed.audio_base_64)
    assert [segment.voice_id for chunk in chunks for segment in chunk.voice_segments] == [v for _, v in SAID]


def test_voice_segments_say_who_says_what_and_when(client: ElevenLabs) -> None:
    """Each line has its characters in the joined text, its place among the inputs, and its exact times."""
    timed = client.text_to_dialogue.convert_with_timestamps(inputs=LINES)
    assert timed.alignment is not None
    assert "".join(timed.alignment.characters) == JOINED
    found = []
    for segment in timed.voice_segments:
        start, end = segment.character_start_index, segment.character_end_index
        assert segment.start_time_seconds == timed.alignment.character_start_times_seconds[start]
        assert segment.end_time_seconds == timed.alignment.character_end_times_seconds[end - 1]
        found.append(("".join(timed.alignment.characters[start:end]), segment.voice_id))
    assert found == SAID
    assert [segment.dialogue_input_index for segment in timed.voice_segments] == [0, 1, 2]
    begun = [segment.start_time_seconds for segment in timed.voice_segments]
    assert begun == pytest.approx(starts_s(), abs=1e-6)


def test_the_parts_of_a_stream_join_to_the_whole(http: httpx.Client) -> None:
    """Their texts, their times and their segments, whose indices are of the part's own characters."""
    whole = ask(http, "/with-timestamps").json()
    answer = ask(http, "/stream/with-timestamps")
    assert answer.text.endswith("\n")
    parts = [json.loads(line) for line in answer.text.splitlines()]
    assert "".join(c for part in parts for c in part["alignment"]["characters"]) == JOINED
    starts = [s for part in parts for s in part["alignment"]["character_start_times_seconds"]]
    assert starts == whole["alignment"]["character_start_times_seconds"]
    said = [
        "".join(part["alignment"]["characters"][s["character_start_index"] : s["character_end_index"]])
        for part in parts
        for s in part["voice_segments"]
    ]
    assert said == [text for text, _ in SAID]


def test_a_pause_of_three_tenths_stands_between_two_lines(http: httpx.Client) -> None:
    """It is silence, on the grid, and the whole lasts as long as its lines and pauses."""
    answer = ask(http, query={"output_format": "pcm_44100"}).content
    frames = [frames_of(text) for text, _ in SAID]
    pause = pause_frames(LINE_MS)
    assert len(answer) == 2 * FRAME_SAMPLES * (sum(frames) + 2 * pause - 1)
    start = 2 * FRAME_SAMPLES * frames[0]
    assert not any(answer[start : start + 2 * FRAME_SAMPLES * pause])
    assert any(answer[:start])


def test_history_has_one_item_with_all_lines(client: ElevenLabs, http: httpx.Client) -> None:
    """Its voices and texts are those of the lines, and it has none of its own; its audio is what was answered."""
    spoken = ask(http, model_id="eleven_v3", settings={"stability": 0.25})
    (listed,) = http.get("/v1/history").json()["history"]
    item = http.get(f"/v1/history/{spoken.headers['history-item-id']}").json()
    assert item | {"alignments": None} == listed
    assert item["dialogue"] == [
        {"text": "Who is there?", "voice_id": "tone_low", "voice_name": "Tone Low"},
        {"text": "Nobody.", "voice_id": "tone_high", "voice_name": "Tone High"},
        {"text": "Good.", "voice_id": "tone_low", "voice_name": "Tone Low"},
    ]
    assert [item[name] for name in ("text", "voice_id", "voice_name", "voice_category")] == [None] * 4
    assert (item["model_id"], item["source"], item["settings"]["stability"]) == ("eleven_v3", "TTS", 0.25)
    characters = sum(len(text) for text, _ in SAID)
    assert item["character_count_change_to"] == characters
    assert spoken.headers["character-cost"] == str(characters)
    assert "".join(item["alignments"]["alignment"]["characters"]) == JOINED
    kept = b"".join(client.history.get_audio(item["history_item_id"]))
    head = len(open_stream_head(get_output_format("mp3_44100_128")))
    assert kept[head:] == spoken.content[head:]


def test_a_dialogue_is_found_and_downloaded(http: httpx.Client) -> None:
    """By its text; in a zip by the name of its first voice; as WAV it is as long as it was spoken."""
    item_id = ask(http).headers["history-item-id"]
    other = ask(http, inputs=INPUTS[:1]).headers["history-item-id"]
    found = http.get("/v1/history", params={"search": "NOBODY."}).json()["history"]
    assert [item["history_item_id"] for item in found] == [item_id]
    archive = http.post("/v1/history/download", json={"history_item_ids": [item_id, other]})
    with zipfile.ZipFile(io.BytesIO(archive.content)) as entries:
        assert all("_Tone Low_" in name for name in entries.namelist())
    wav = http.post(
        "/v1/history/download", json={"history_item_ids": [item_id], "output_format": "wav"}
    ).content
    assert wav[44:] == ask(http, query={"output_format": "pcm_44100"}).content


def test_lines_that_were_spoken_before_are_not_spoken_again(http: httpx.Client, server: LiveServer) -> None:
    """A line shares its speech with the same text of text-to-speech."""
    http.post("/v1/text-to-speech/tone_high", json={"text": "Nobody."}).raise_for_status()
    before = http.get("/v1/user/subscription").json()["character_count"]
    ask(http, inputs=INPUTS[1:2]).raise_for_status()
    assert http.get("/v1/user/subscription").json()["character_count"] == before


@pytest.mark.parametrize("form", FORMS)
def test_without_logging_nothing_is_kept(http: httpx.Client, form: str) -> None:
    """Neither an item nor its id, and the audio is that of a dialogue that is kept."""
    unkept = ask(http, form, {"enable_logging": "false"})
    assert unkept.status_code == 200
    assert "history-item-id" not in unkept.headers
    assert unkept.headers["character-cost"] == str(sum(len(text) for text, _ in SAID))
    assert http.get("/v1/history").json()["history"] == []
    assert unkept.content == ask(http, form).content


@pytest.mark.parametrize("model_id", ["eleven_v3", "eleven_multilingual_v2"])
def test_tags_are_directions_and_take_no_time(http: httpx.Client, model_id: str) -> None:
    """Whatever model is named, `[laughs]` isn't read; its characters are there, with no length."""
    inputs = [{"text": "[laughs] No.", "voice_id": "tone_low"}]
    timed = ask(http, "/with-timestamps", inputs=inputs, model_id=model_id).json()
    alignment = timed["alignment"]
    assert "".join(alignment["characters"]) == "[laughs] No."
    times = zip(
        alignment["character_start_times_seconds"], alignment["character_end_times_seconds"], strict=True
    )
    assert [end - start for start, end in times][: len("[laughs]")] == [0.0] * len("[laughs]")
    assert "laughs" not in "".join(timed["normalized_alignment"]["characters"])


def test_dictionaries_and_numbers_are_read_as_in_text_to_speech(http: httpx.Client) -> None:
    """A rule and normalisation change what is spoken; the characters are those that were sent."""
    rule = {
        "type": "alias",
        "string_to_replace": "Wdnes",
        "alias": "Wednesday",
        "case_sensitive": True,
        "word_boundaries": True,
    }
    made = http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Days", "rules": [rule]}
    ).json()
    locators = [{"pronunciation_dictionary_id": made["id"], "version_id": made["version_id"]}]
    inputs = [{"text": "On Wdnes at 7.", "voice_id": "tone_low"}]
    timed = ask(
        http,
        "/with-timestamps",
        inputs=inputs,
        pronunciation_dictionary_locators=locators,
        language_code="en",
    ).json()
    assert "".join(timed["alignment"]["characters"]) == "On Wdnes at 7."
    assert "".join(timed["normalized_alignment"]["characters"]) == "On Wednesday at seven."
    plain = ask(http, "/with-timestamps", inputs=inputs, apply_text_normalization="off").json()
    assert "".join(plain["normalized_alignment"]["characters"]) == "On Wdnes at 7."


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"inputs": []}, (400, "empty_text")),
        ({"inputs": [*INPUTS, {"text": " \n", "voice_id": "tone_low"}]}, (400, "empty_text")),
        ({"inputs": [{"text": "Hm.", "voice_id": "nobody"}]}, (404, "voice_not_found")),
        ({"model_id": "nothing"}, (400, "model_not_found")),
        (
            {"inputs": [{"text": "x" * (MAX_SPEAK_CHARACTERS // 2 + 1), "voice_id": "tone_low"}] * 2},
            (400, "text_too_long"),
        ),
        ({"inputs": INPUTS[:1] * (MAX_DIALOGUE_LINES + 1)}, (400, "invalid_parameters")),
        (
            {"inputs": [{"text": "Hm.", "voice_id": f"voice {number}"} for number in range(11)]},
            (400, "invalid_parameters"),
        ),
        (
            {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "absent"}]},
            (404, "pronunciation_dictionary_not_found"),
        ),
        (
            {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "absent"}] * 4},
            (400, "invalid_parameters"),
        ),
    ],
)
def test_what_cant_be_spoken_is_refused(
    http: httpx.Client, form: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    """With the codes of text-to-speech, and nothing is kept."""
    assert error_of(ask(http, form, **body)) == refusal
    assert http.get("/v1/history").json()["history"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": None},
        {"inputs": "Who is there?"},
        {"inputs": [{"text": "Hm."}]},
        {"inputs": [{"text": 5, "voice_id": "tone_low"}]},
        {"settings": {"stability": 1.5}},
        {"settings": {"stability": -0.1}},
        {"apply_text_normalization": "maybe"},
        {"model_id": None},
    ],
)
def test_what_has_another_shape_is_a_validation_error(http: httpx.Client, body: dict[str, Any]) -> None:
    """422, with a list of what doesn't fit."""
    assert ask(http, **body).status_code == 422


def test_wav_is_whole_and_never_streamed(http: httpx.Client) -> None:
    """The head of a WAV file says how long it is; an unknown format is a 400 too."""
    assert ask(http, query={"output_format": "wav_16000"}).headers["content-type"] == "audio/wav"
    for form in ("/stream", "/stream/with-timestamps"):
        refused = ask(http, form, {"output_format": "wav_16000"})
        assert error_of(refused) == (400, "invalid_output_format")
    assert error_of(ask(http, query={"output_format": "mp3"})) == (400, "invalid_output_format")


def test_null_and_unknown_fields_are_accepted(http: httpx.Client) -> None:
    """What the SDKs send when nobody says, and what the contract doesn't have yet."""
    body: dict[str, Any] = {
        "settings": None,
        "language_code": None,
        "pronunciation_dictionary_locators": None,
        "seed": None,
    }
    assert ask(http, **body, audio_effects={"reverb": 1}, future_text="Then?").status_code == 200
    assert ask(http, settings={"stability": None}, seed=7).status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_no_key_no_dialogue(anonymous: httpx.Client, form: str) -> None:
    """Nothing is spoken without a key."""
    assert error_of(ask(anonymous, form)) == (401, "needs_authorization")


def test_real_voices_answer_each_other(http: httpx.Client) -> None:
    """Two premade voices of the original speak English through espeak, under the names their client knows."""
    need_espeak()
    rachel, george = "21m00Tcm4TlvDq8ikWAM", "JBFqnCBsd6RMkjVDRZzb"
    inputs = [
        {"text": "Did it rain?", "voice_id": rachel},
        {"text": "[sighs] All day.", "voice_id": george},
    ]
    timed = ask(http, "/with-timestamps", inputs=inputs).json()
    first, second = timed["voice_segments"]
    assert (first["voice_id"], second["voice_id"]) == (rachel, george)
    assert 0.4 < first["end_time_seconds"] < second["start_time_seconds"] < second["end_time_seconds"]
    (item,) = http.get("/v1/history").json()["history"]
    assert [line["voice_id"] for line in item["dialogue"]] == [rachel, george]
