"""Voices of a server that speaks OpenAI's protocol, which says little of them: as they are set or listed there."""

import re
from collections.abc import Iterator
from typing import Any

from rhapsode.engines.languages import ANY_LANGUAGE
from rhapsode.engines.remote.exchange import read_json
from rhapsode.engines.remote.remembered import RemoteVoice

_LABELS = ("gender", "age", "accent")

# Voices of Kokoro, which many of these servers speak with, begin with their language and gender.
# Source: VOICES.md of hexgrad/Kokoro-82M.
_KOKORO = re.compile(r"(?P<language>[abefhijpz])(?P<gender>[fm])_(?P<name>[a-z]+)")
_KOKORO_LANGUAGES = {
    "a": ("en-US", "american"),
    "b": ("en-GB", "british"),
    "e": ("es", "spanish"),
    "f": ("fr", "french"),
    "h": ("hi", "indian"),
    "i": ("it", "italian"),
    "j": ("ja", "japanese"),
    "p": ("pt-BR", "brazilian"),
    "z": ("zh", "chinese"),
}


def parse_voices(given: str) -> tuple[RemoteVoice, ...]:
    """Names between commas, such as `alloy, nova=en-US/female/young/american`.

    Behind `=` come language, gender, age and accent, as many of them as are known.
    Raises: ValueError, for what can't be read so.
    """
    return tuple(_parse_voice(part.strip()) for part in given.split(",") if part.strip())


def _parse_voice(part: str) -> RemoteVoice:
    name, _, known = part.partition("=")
    language, *labels = [value.strip() for value in known.split("/")]
    if not name.strip() or len(labels) > len(_LABELS):
        msg = f"{part!r} isn't a name, or a name=language/gender/age/accent"
        raise ValueError(msg)
    told = {label: value for label, value in zip(_LABELS, labels, strict=False) if value}
    return _voice(name.strip(), language, told)


def read_voices(content: bytes) -> tuple[RemoteVoice, ...]:
    """Those of an answer to `GET /v1/audio/voices`, which OpenAI doesn't have and each server has in its own shape.

    Raises: ValueError, when it is in none that is known.
    """
    names = dict.fromkeys(_names(read_json(content)))
    return tuple(_voice(name, "", {}) for name in names)


def _names(listed: Any) -> Iterator[str]:
    if isinstance(listed, dict):
        listed = listed.get("voices", listed.get("data"))
    if not isinstance(listed, list):
        msg = "it lists its voices in a shape that isn't known"
        raise ValueError(msg)
    for each in listed:
        if isinstance(each, dict):
            each = each.get("id") or each.get("voice_id") or each.get("name")
        if isinstance(each, str) and each:
            yield each


def _voice(name: str, language: str, told: dict[str, str]) -> RemoteVoice:
    """A voice with what its name says of it, where nobody has said more."""
    kokoro = _KOKORO.fullmatch(name)
    if kokoro is None:
        spoken = language or ANY_LANGUAGE
        return RemoteVoice(name, name, spoken, (spoken,), told)
    own, accent = _KOKORO_LANGUAGES[kokoro["language"]]
    guessed = {"gender": "female" if kokoro["gender"] == "f" else "male", "accent": accent}
    spoken = language or own
    return RemoteVoice(name, kokoro["name"].title(), spoken, (spoken,), guessed | told)
