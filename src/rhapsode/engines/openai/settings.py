"""What can be set of a server that speaks OpenAI's protocol: RHAPSODE_OPENAI_... of the environment."""

from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict

from rhapsode.engines.engine import Unit
from rhapsode.engines.openai.voices import parse_voices
from rhapsode.engines.remote.remembered import RemoteVoice
from rhapsode.engines.remote.settings import RemoteSettings

PREFIX = "RHAPSODE_OPENAI_"


def _voices(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return parse_voices(given)
    except ValueError as error:
        raise PydanticCustomError("voices", "{said}", {"said": str(error)}) from error


class OpenAiSettings(RemoteSettings):
    """A server's.

    voices: that it is known to have; none, where it is asked for them.    format: in which it sends sound.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    model: str = "tts-1"
    unit: Unit = "sentence"
    voices: Annotated[tuple[RemoteVoice, ...], NoDecode, BeforeValidator(_voices)] = ()
    format: Literal["wav", "flac", "mp3", "pcm"] = "wav"
