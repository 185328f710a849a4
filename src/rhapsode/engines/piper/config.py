"""The config beside a Piper voice, `*.onnx.json`. Values in, values out, but for what reads the file.

Its format is what `piper.config.PiperConfig` of piper-tts reads; the block `language` is that of published voices.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rhapsode.studio.errors import VoiceRefused

PAD, BEGIN, END = "_", "^", "$"
"""What stands between all symbols, before the first and behind the last."""

_ESPEAK, _LETTERS = "espeak", "text"
_MAX_CONFIG_BYTES = 2**20
_MAX_SPEAKERS = 10_000
_MAX_NAME_CHARACTERS = 100
_RATES_HZ = range(8_000, 48_001)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,5}")
_ESPEAK_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]{0,59}")
"""By its name. espeak-ng would also read a file that is named in its place."""


@dataclass(frozen=True, slots=True)
class Scales:
    """What a voice is spoken with, unless something else is asked for.

    length: of the durations; 2 is half as fast.    noise: how much the sound varies.
    noise_w: how much the durations do. 1 is as much as in the recordings it was trained with; 0 is none.
    """

    noise: float = 0.667
    length: float = 1.0
    noise_w: float = 0.8


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """What has to be known of a voice to speak with it.

    espeak_voice: whose phonemes it is fed; None for one that is fed letters.
    ids: the numbers of each symbol.    clusters: vowels that are one symbol together.
    hop_samples: samples of one frame, in which durations are counted.
    speakers: numbers by name; empty for a voice of one speaker.
    dataset, quality, language_name: empty where the file doesn't say them.
    """

    sample_rate_hz: int
    espeak_voice: str | None
    language: str
    ids: Mapping[str, Sequence[int]]
    clusters: frozenset[tuple[str, ...]]
    scales: Scales
    hop_samples: int
    speakers: Mapping[str, int]
    dataset: str
    quality: str
    language_name: str


def read_config(path: Path) -> PiperConfig:
    """Raises: VoiceRefused, saying what is wrong with the file."""
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            msg = (
                f"The config {path.name} is {path.stat().st_size} bytes, which no config of a Piper voice has"
            )
            raise VoiceRefused(msg)
        content = json.loads(path.read_bytes())
    except OSError as error:
        msg = f"The config {path.name} can't be read: {error.strerror}"
        raise VoiceRefused(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"The config {path.name} is no JSON: {error}"
        raise VoiceRefused(msg) from error
    try:
        return parse_config(content)
    except VoiceRefused as error:
        msg = f"The config {path.name} is not that of a Piper voice: {error}"
        raise VoiceRefused(msg) from error


def parse_config(content: Any) -> PiperConfig:
    """Read the config of a voice. Raises: VoiceRefused, saying what is missing."""
    if not isinstance(content, dict):
        msg = "it is no JSON object"
        raise VoiceRefused(msg)
    espeak_voice = _espeak_voice(content)
    language = _block(content, "language")
    return PiperConfig(
        sample_rate_hz=_sample_rate_hz(content),
        espeak_voice=espeak_voice if _phoneme_type(content) == _ESPEAK else None,
        language=_language(language.get("code") or espeak_voice),
        ids=_ids(content),
        clusters=_clusters(content),
        scales=_scales(_block(content, "inference")),
        hop_samples=_whole(content.get("hop_length", 256), "hop_length", range(1, 4097)),
        speakers=_speakers(content),
        dataset=_name(content.get("dataset"), "dataset"),
        quality=_name(_block(content, "audio").get("quality"), "audio.quality"),
        language_name=_name(language.get("name_english"), "language.name_english"),
    )


def language_tag(code: str) -> str:
    """A language as BCP 47 has it: "en_US" is "en-US", and espeak's "en-gb-x-rp" is "en-GB-x-rp"."""
    first, *rest = code.strip().replace("_", "-").split("-")
    tags = [first.lower()]
    for place, part in enumerate(rest):
        tags.append(part.upper() if place == 0 and len(part) == 2 else part)
    return "-".join(tags)


def _block(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = content.get(name) or {}
    return found if isinstance(found, dict) else {}


def _whole(value: Any, name: str, within: range) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in within:
        msg = f"{name} is {_shown(value)}, not a whole number from {within[0]} to {within[-1]}"
        raise VoiceRefused(msg)
    return value


def _name(value: Any, what: str) -> str:
    """What people are shown; "" where there is none."""
    name = str(value or "")
    if len(name) > _MAX_NAME_CHARACTERS or not name.isprintable():
        msg = f"{what} is no name of at most {_MAX_NAME_CHARACTERS} characters"
        raise VoiceRefused(msg)
    return name


def _language(code: Any) -> str:
    tag = language_tag(str(code))
    if _LANGUAGE.fullmatch(tag) is None:
        msg = f"language.code is {_shown(code)}, which is no language"
        raise VoiceRefused(msg)
    return tag


def _shown(value: Any) -> str:
    return ascii(value)[:_MAX_NAME_CHARACTERS]


def _clusters(content: Mapping[str, Any]) -> frozenset[tuple[str, ...]]:
    clusters = content.get("vowel_clusters") or []
    if not isinstance(clusters, list) or not all(isinstance(cluster, list) for cluster in clusters):
        msg = "vowel_clusters is no list of lists"
        raise VoiceRefused(msg)
    return frozenset(tuple(map(str, cluster)) for cluster in clusters)


def _sample_rate_hz(content: Mapping[str, Any]) -> int:
    return _whole(_block(content, "audio").get("sample_rate"), "audio.sample_rate", _RATES_HZ)


def _phoneme_type(content: Mapping[str, Any]) -> str:
    kind = content.get("phoneme_type") or _ESPEAK
    if kind not in (_ESPEAK, _LETTERS):
        made = f"only {_ESPEAK!r} and {_LETTERS!r} are made here"
        msg = f"its voice is fed phonemes of the kind {_shown(kind)}, and {made}"
        raise VoiceRefused(msg)
    return str(kind)


def _espeak_voice(content: Mapping[str, Any]) -> str:
    voice = _block(content, "espeak").get("voice")
    if not isinstance(voice, str) or _ESPEAK_VOICE.fullmatch(voice) is None:
        msg = f"espeak.voice is {_shown(voice)}, which names no voice of espeak-ng"
        raise VoiceRefused(msg)
    return voice


def _ids(content: Mapping[str, Any]) -> Mapping[str, Sequence[int]]:
    symbols = _whole(content.get("num_symbols"), "num_symbols", range(1, 65_536))
    ids: dict[str, Sequence[int]] = {}
    for symbol, numbers in _block(content, "phoneme_id_map").items():
        if not isinstance(numbers, list) or not numbers:
            msg = f"phoneme_id_map has no numbers for {_shown(symbol)}"
            raise VoiceRefused(msg)
        what = f"phoneme_id_map of {_shown(symbol)}"
        ids[symbol] = [_whole(number, what, range(symbols)) for number in numbers]
    missing = [symbol for symbol in (PAD, BEGIN, END) if symbol not in ids]
    if missing:
        msg = f"phoneme_id_map lacks {', '.join(map(repr, missing))}"
        raise VoiceRefused(msg)
    return ids


def _scales(inference: Mapping[str, Any]) -> Scales:
    usual = Scales()
    return Scales(
        noise=_scale(inference, "noise_scale", usual.noise),
        length=_scale(inference, "length_scale", usual.length) or usual.length,
        noise_w=_scale(inference, "noise_w", usual.noise_w),
    )


def _scale(inference: Mapping[str, Any], name: str, usual: float) -> float:
    value = inference.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        msg = f"inference.{name} is {_shown(value)}, not a number from 0 to 10"
        raise VoiceRefused(msg)
    return float(value)


def _speakers(content: Mapping[str, Any]) -> Mapping[str, int]:
    count = _whole(content.get("num_speakers", 1), "num_speakers", range(1, _MAX_SPEAKERS))
    if count == 1:
        return {}
    named = _block(content, "speaker_id_map")
    speakers = {
        _name(name, "a speaker"): _whole(number, f"speaker {name!r}", range(count))
        for name, number in named.items()
    }
    unnamed = sorted(set(range(count)) - set(speakers.values()))
    speakers |= {str(number): number for number in unnamed if str(number) not in speakers}
    return dict(sorted(speakers.items(), key=lambda each: each[1]))
