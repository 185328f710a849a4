"""The voices that are in the files of a Piper voice, as these describe themselves. Values in, values out."""

import re
import unicodedata
from collections.abc import Iterator

from rhapsode.engines.piper.config import PiperConfig
from rhapsode.studio.ids import VoiceId
from rhapsode.studio.voice import Voice


def list_voices_of(config: PiperConfig, digest: str) -> list[Voice]:
    """A voice for each speaker, in their order.

    digest: of the files, in hex: what a voice is called by that doesn't say whose recordings it was trained with.
    """
    return list(_voices(config, digest))


def _voices(config: PiperConfig, digest: str) -> Iterator[Voice]:
    name = config.dataset.replace("_", " ").strip().title()
    base = _slug(config.language, config.dataset, config.quality) if config.dataset else digest[:16]
    for speaker in config.speakers or ("",):
        yield Voice(
            voice_id=VoiceId("_".join(filter(None, ("piper", base, _slug(speaker))))),
            name=f"{name} {speaker}".strip() if name else "",
            engine="piper",
            language=config.language,
            languages=(config.language,),
            description=_description(config),
            speaker=speaker,
        )


def _description(config: PiperConfig) -> str:
    language = config.language_name or config.language
    return f"{language}, {config.quality.replace('_', ' ')} quality." if config.quality else f"{language}."


def _slug(*words: str) -> str:
    """Words as a part of an id: small Latin letters and digits, apart by lines."""
    plain = unicodedata.normalize("NFKD", "_".join(words)).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_")
