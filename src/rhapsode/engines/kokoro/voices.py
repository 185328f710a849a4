"""The voices in a file of styles, as their names describe them. Values in, values out.

A name begins with the language and the gender: `af_heart` is an American woman. Left out are Japanese and Mandarin:
Kokoro was trained on phonemes of other libraries there, and what espeak-ng makes of these languages is not what it
knows. Source: VOICES.md of hexgrad/Kokoro-82M.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice

_NAME = re.compile(r"(?P<language>[abefhip])(?P<gender>[fm])_(?P<name>[a-z0-9]+(?:_[a-z0-9]+)*)")
_LANGUAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "a": ("en-US", "american"),
        "b": ("en-GB", "british"),
        "e": ("es", "spanish"),
        "f": ("fr", "french"),
        "h": ("hi", "indian"),
        "i": ("it", "italian"),
        "p": ("pt-BR", "brazilian"),
    }
)
_GENDERS = MappingProxyType({"f": "female", "m": "male"})


def list_voices_of(names: Iterable[str]) -> list[Voice]:
    """A voice for each of the names that says a language which is spoken here, in their order."""
    return list(_voices(names))


def _voices(names: Iterable[str]) -> Iterator[Voice]:
    for name in names:
        found = _NAME.fullmatch(name)
        if found is None:
            continue
        language, accent = _LANGUAGES[found["language"]]
        gender = _GENDERS[found["gender"]]
        yield Voice(
            voice_id=VoiceId(f"kokoro_{name}"),
            name=found["name"].replace("_", " ").title(),
            engine="kokoro",
            language=language,
            languages=(language,),
            description=f"Kokoro's {name}: {gender}, {accent.title()}.",
            labels={"gender": gender, "accent": accent},
            speaker=name,
        )
