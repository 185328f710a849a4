"""What a Piper voice's config says, and which ones are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.voice_graphs import piper_config

from rhapsode.engines.piper.config import Scales, language_tag, parse_config, read_config
from rhapsode.engines.piper.voices import list_voices_of
from rhapsode.studio.errors import VoiceRefused

DIGEST = "0123456789abcdef" * 4


def test_a_published_config_is_read() -> None:
    """Rate, phonemes, scales and language are those of the file."""
    config = parse_config(piper_config())

    assert (config.sample_rate_hz, config.hop_samples, config.espeak_voice) == (22_050, 256, "en-us")
    assert (config.language, config.dataset, config.quality) == ("en-US", "tides", "medium")
    assert (config.scales, config.speakers) == (Scales(0.667, 1.0, 0.8), {})
    assert config.ids["a"] == [14]


def test_a_bare_config_is_enough() -> None:
    """Without what newer files say of themselves the usual scales hold, and the language is espeak's."""
    bare = {key: piper_config()[key] for key in ("audio", "phoneme_id_map", "num_symbols")}
    config = parse_config({**bare, "espeak": {"voice": "en-gb-x-rp"}})

    assert (config.scales, config.language) == (Scales(), "en-GB-x-rp")
    assert [voice.voice_id for voice in list_voices_of(config, DIGEST)] == ["piper_0123456789abcdef"]
    assert [voice.name for voice in list_voices_of(config, DIGEST)] == [""]


def test_letters_are_phonemes_for_some_voices() -> None:
    """They need no espeak voice but for their language."""
    assert parse_config({**piper_config(), "phoneme_type": "text"}).espeak_voice is None


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("en_US", "en-US"),
        ("en-gb-x-rp", "en-GB-x-rp"),
        ("de", "de"),
        ("es-419", "es-419"),
        ("zh_CN", "zh-CN"),
    ],
)
def test_languages_are_told_as_everywhere_else(code: str, tag: str) -> None:
    """BCP 47, whoever wrote it how."""
    assert language_tag(code) == tag


def test_every_speaker_is_a_voice() -> None:
    """In the order of their numbers, also those without a name, each with an id that stays."""
    content = piper_config(speakers=4)
    content["speaker_id_map"] = {"p226": 1, "p 225": 0}
    voices = list_voices_of(parse_config(content), DIGEST)

    assert [voice.speaker for voice in voices] == ["p 225", "p226", "2", "3"]
    assert [voice.voice_id for voice in voices][:2] == [
        "piper_en_us_tides_medium_p_225",
        "piper_en_us_tides_medium_p226",
    ]
    assert {(voice.language, voice.languages) for voice in voices} == {("en-US", ("en-US",))}
    assert voices[1].name == "Tides p226"


def _without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda content: {name: value for name, value in content.items() if name != key}


def _with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda content: content | changes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without("audio"), "audio.sample_rate is None"),
        (_with(audio={"sample_rate": 22_050.5}), "audio.sample_rate is 22050.5"),
        (_with(espeak={}), "espeak.voice is None"),
        (_with(espeak={"voice": "../../secret"}), "espeak.voice is '../../secret'"),
        (_with(language={"code": "x" * 500}), "language.code is 'xxx"),
        (_with(language={"code": "\ud800"}), "which is no language"),
        (_with(dataset="x" * 101), "dataset is no name"),
        (_with(num_speakers=2, speaker_id_map={"\ud800": 0}), "a speaker is no name"),
        (_with(vowel_clusters=[5]), "vowel_clusters is no list of lists"),
        (_without("phoneme_id_map"), "phoneme_id_map lacks '_', '\\^', '\\$'"),
        (
            _with(phoneme_id_map={"_": [0], "^": [1], "$": [999]}),
            "'\\$' is 999, not a whole number from 0 to 255",
        ),
        (_with(phoneme_id_map={"a": []}), "no numbers for 'a'"),
        (_with(num_symbols="many"), "num_symbols is 'many'"),
        (_with(num_speakers=0), "num_speakers is 0"),
        (_with(num_speakers=2, speaker_id_map={"a": 2}), "speaker 'a' is 2"),
        (_with(inference={"noise_scale": -1}), "inference.noise_scale is -1"),
        (_with(phoneme_type="pinyin"), "phonemes of the kind 'pinyin'"),
        (lambda content: [content], "no JSON object"),
    ],
)
def test_what_is_wrong_with_a_config_is_said(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], reason: str
) -> None:
    """With the name of the file."""
    file = tmp_path / "tides.onnx.json"
    file.write_text(json.dumps(change(piper_config())))
    with pytest.raises(
        VoiceRefused, match=f"^The config tides.onnx.json is not that of a Piper voice: .*{reason}"
    ):
        read_config(file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"\xff\xfe\x00", "is no JSON"),
        (bytes(2**20 + 1), "1048577 bytes"),
        (None, "can't be read"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """Truncated, foreign, too large or missing."""
    file = tmp_path / "tides.onnx.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(VoiceRefused, match=f"^The config tides.onnx.json .*{reason}"):
        read_config(file)
