"""Settings: one frozen value, read once from the environment (RHAPSODE_...)."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rhapsode.storage.directory import default_data_directory


def _networks(given: Any) -> Any:
    """What stands between commas, as networks. Raises: ValueError."""
    return tuple(ip_network(part.strip()) for part in given.split(",")) if isinstance(given, str) else given


class Settings(BaseSettings):
    """What can be set from outside.

    data: RHAPSODE_DATA, the data directory.
    processes: RHAPSODE_PROCESSES, how many processes speak and encode; None for one per core.
    api_key: RHAPSODE_API_KEY, a key that `rhapsode serve` accepts from its start on; None for one it makes itself.
    allowed_networks: RHAPSODE_ALLOWED_NETWORKS, such as `192.168.1.0/24,fd00::/8`: networks that are not public and
      that documents may be fetched from and callbacks sent to all the same, on any port.
    chat_url: RHAPSODE_CHAT_URL, a chat endpoint that speaks OpenAI's protocol, such as `http://127.0.0.1:11434/v1`,
      which writes the scripts of podcasts; None for none.
    chat_model: RHAPSODE_CHAT_MODEL, which of its models.    chat_key: RHAPSODE_CHAT_KEY, where it asks for one.
    log_level: RHAPSODE_LOG_LEVEL, the least severe event that is written to standard error.
    """

    model_config = SettingsConfigDict(env_prefix="RHAPSODE_", env_ignore_empty=True, frozen=True)

    data: Path = Field(default_factory=default_data_directory)
    processes: int | None = Field(default=None, ge=1, le=1024)
    api_key: SecretStr | None = None
    allowed_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
    chat_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    chat_model: str = ""
    chat_key: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
