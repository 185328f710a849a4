"""What can be set of the original: RHAPSODE_ELEVENLABS_... of the environment."""

from typing import Literal

from pydantic_settings import SettingsConfigDict

from rhapsode.engines.engine import Unit
from rhapsode.engines.remote.settings import RemoteSettings, Url

PREFIX = "RHAPSODE_ELEVENLABS_"


class ElevenLabsSettings(RemoteSettings):
    """An account's, or those of another server with the same API.

    format: in which it sends sound; the finest is for some accounts only.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    url: Url = "https://api.elevenlabs.io"
    model: str = "eleven_multilingual_v2"
    unit: Unit = "node"
    format: Literal["pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100"] = "pcm_22050"

    @property
    def sample_rate_hz(self) -> int:
        """Of the format."""
        return int(self.format.removeprefix("pcm_"))
