"""What can be set of an engine on another machine, read once from the environment."""

import os
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rhapsode.engines.engine import Unit
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.limits import SPEECH_WALL_S
from rhapsode.studio.voice import CommercialUse

MAX_CONCURRENCY = 64

_URL = re.compile(r"https?://[^/?#\s]+(?:/[^?#\s]*)?")


def _url(given: str) -> str:
    """The same without slashes at its end. Raises: PydanticCustomError."""
    if _URL.fullmatch(given) is None or not _is_reachable(given):
        msg = "an address such as http://192.168.1.20:8880 is needed, without a query"
        raise PydanticCustomError("engine_url", msg)
    return given.rstrip("/")


def _is_reachable(url: str) -> bool:
    """Whether it has a host and a port that something could be asked at."""
    try:
        httpx.URL(url).host.encode("idna")
        return urlsplit(url).port != 0
    except (ValueError, httpx.InvalidURL):
        return False


def _key(given: SecretStr) -> SecretStr:
    """The same without space around it, which comes along from files. Raises: PydanticCustomError."""
    shown = given.get_secret_value().strip()
    if not (shown.isascii() and shown.isprintable() and shown):
        msg = "a key is made of letters, digits and signs of ASCII"
        raise PydanticCustomError("engine_key", msg)
    return SecretStr(shown)


Url = Annotated[str, AfterValidator(_url)]


class RemoteSettings(BaseSettings):
    """One engine's, from variables that begin with RHAPSODE_ and its name.

    url: where it is asked, with `/v1` at its end or without.    key: what it is shown; None where it asks for none.
    model: which of its models.
    concurrency: requests at once, of all processes of this machine.
    requests_per_minute: the same of how many begin in a minute; None for as many as there are.
    timeout_s: for one text, from the request to the last byte.
    price_per_1000: of a thousand characters, in whatever money; None where nobody counts.
    unit: what is spoken at once.    commercial_use: what the operator knows of its voices.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    url: Url
    key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    model: str
    concurrency: int = Field(default=2, ge=1, le=MAX_CONCURRENCY)
    requests_per_minute: int | None = Field(default=None, ge=1)
    timeout_s: float = Field(default=SPEECH_WALL_S, gt=0, le=3600)
    price_per_1000: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    unit: Unit
    commercial_use: CommercialUse = "unknown"

    @property
    def shown_key(self) -> str | None:
        """The key as it is sent."""
        return None if self.key is None else self.key.get_secret_value()

    @property
    def base_url(self) -> str:
        """Up to and with `/v1`."""
        return self.url if self.url.endswith("/v1") else f"{self.url}/v1"

    @property
    def address(self) -> str:
        """Where the engine is, as people are told: without what the address itself may have of a key."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def sentence(self, engine: str, what: str) -> str:
        """What people are told of the engine; without its key, which a server may repeat in what it says."""
        told = f"The engine {engine} at {self.address} {what}."
        return told.replace(self.shown_key, "…") if self.shown_key else told

    @classmethod
    def read(cls) -> Self:
        """Raises: InvalidInput, which names the variable that can't be used."""
        try:
            # The environment has what it needs.
            return cls()  # type: ignore[call-arg]
        except ValidationError as error:
            first = error.errors()[0]
            name = f"{cls.model_config['env_prefix']}{'_'.join(map(str, first['loc']))}".upper()
            msg = f"{name} can't be used: {first['msg']}."
            raise InvalidInput(msg) from None


def is_set(*names: str) -> bool:
    """Whether the environment has one of these variables."""
    return any(os.environ.get(name) for name in names)
