"""Settings: one frozen value, read once from the environment (RHAPSODE_...)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from rhapsode.storage.directory import default_data_directory


class Settings(BaseSettings):
    """What can be set from outside.

    data: RHAPSODE_DATA, the data directory.
    processes: RHAPSODE_PROCESSES, how many processes speak and encode; None for one per core.
    api_key: RHAPSODE_API_KEY, a key that `rhapsode serve` accepts from its start on; None for one it makes itself.
    log_level: RHAPSODE_LOG_LEVEL, the least severe event that is written to standard error.
    """

    model_config = SettingsConfigDict(env_prefix="RHAPSODE_", env_ignore_empty=True, frozen=True)

    data: Path = Field(default_factory=default_data_directory)
    processes: int | None = Field(default=None, ge=1, le=1024)
    api_key: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
