"""Settings: one frozen value, read once from the environment (RHAPSODE_...)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rhapsode.engines.remote.place import VARIABLE as ENGINE_STATE
from rhapsode.storage.directory import default_data_directory
from rhapsode.studio.limits import (
    AUDIT_DAYS,
    ENGINE_PATIENCE_S,
    FAILED_KEYS_PER_MINUTE,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_ADDRESS,
    MAX_RATE,
    MAX_RUNNING_REQUESTS,
    MIN_FREE_BYTES,
    READ_WAIT_S,
)
from rhapsode.studio.overrides import PREFIX as LIMITS

_PREFIX = "RHAPSODE_"
_TESTS = "RHAPSODE_TEST_"
# Source: Kubernetes, Service, environment variables.
_OF_A_SERVICE = re.compile(r"_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$")


def _networks(given: Any) -> Any:
    """What stands between commas, as networks. Raises: ValueError."""
    return tuple(ip_network(part.strip()) for part in given.split(",")) if isinstance(given, str) else given


# Nothing that would have to be spelled otherwise in another place: in an address, a header or a feed.
_PUBLIC_URL = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?P<path>(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*)/?"
)
_OWN_PATHS = frozenset(
    {
        *("v1", "v2", "rhapsode", "player", "assets"),
        *("health", "healthz", "readyz", "metrics"),
        *("docs", "docs.md", "openapi.json", "llms.txt", "llms-full.txt"),
    }
)


def _public_url(given: str) -> str:
    """The same without a slash at its end. Raises: PydanticCustomError."""
    found = _PUBLIC_URL.fullmatch(given)
    if found is None:
        msg = "an address such as https://example.org or https://example.org/narration is needed, without a query"
        raise PydanticCustomError("public_url", msg)
    first = found["path"].strip("/").partition("/")[0]
    if first in _OWN_PATHS:
        # A proxy may take the path off or leave it on, and nobody could tell which of the two it has done.
        msg = "its path can't begin with /{first}, as the server's own paths do; choose another, such as /narration"
        raise PydanticCustomError("public_url", msg, {"first": first})
    return given.rstrip("/")


def _voices_url(given: str) -> str:
    """The same without a slash at its end. Raises: PydanticCustomError."""
    if re.fullmatch(r"https?://[^\s?#/]+(?:/[^\s?#]*)?", given) is None:
        msg = "an address such as https://example.org/voices is needed, without a query"
        raise PydanticCustomError("voices_url", msg)
    return given.rstrip("/")


# A query or a second way to name a place would make two addresses of one store.
_BLOBS_URL = re.compile(r"(?:(?:s3|gs|az)://[^/?#\s]+|file://)(?P<path>(?:/[^/?#\s]+)*)/?")


def _database_url(given: SecretStr) -> SecretStr:
    """The same. Raises: PydanticCustomError."""
    if re.fullmatch(r"postgres(?:ql)?://\S+", given.get_secret_value()) is None:
        msg = "an address such as postgresql://user:password@host/database is needed"
        raise PydanticCustomError("database_url", msg)
    address = given.get_secret_value().partition("?")[0]
    if address.count("@") > 1:
        raise PydanticCustomError("database_url", "an @ in its user or password is written as %40")
    if not _can_be_read(given.get_secret_value()):
        # It is quoted nowhere: there is a password in it.
        msg = "it can't be read as an address such as postgresql://user:password@host:5432/database"
        raise PydanticCustomError("database_url", msg)
    return given


def _can_be_read(database_url: str) -> bool:
    # It takes a moment to import, which commands on a data directory need not wait for.
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError

    try:
        sa.make_url(database_url)
    except (ArgumentError, ValueError):
        return False
    return True


def _blobs_url(given: str) -> str:
    """The same without a slash at its end. Raises: PydanticCustomError."""
    found = _BLOBS_URL.fullmatch(given)
    if found is None or (given.startswith("file:") and not found["path"]):
        msg = "an address such as s3://bucket/prefix, gs://bucket, az://container or file:///mnt/packs is needed"
        raise PydanticCustomError("blobs_url", msg)
    return given.rstrip("/")


class Settings(BaseSettings):
    """What can be set from outside.

    data: RHAPSODE_DATA, the data directory.
    processes: RHAPSODE_PROCESSES, how many processes speak and encode; None for one per core.
    api_key: RHAPSODE_API_KEY, a key that `rhapsode serve` accepts from its start on; None for one it makes itself.
    allowed_networks: RHAPSODE_ALLOWED_NETWORKS, such as `192.168.1.0/24,fd00::/8`: networks that are not public and
      that documents and voices may be fetched from and callbacks sent to all the same, on any port.
    trusted_proxies: RHAPSODE_TRUSTED_PROXIES, such as `127.0.0.1,10.0.0.0/8`: networks of proxies, whose
      `X-Forwarded-For` counts for where a request comes from, and who may have as many connections as there are.
    trust_remote_user: RHAPSODE_TRUST_REMOTE_USER, whether their `Remote-User` counts for who has sent it. Only for
      proxies that sign people in, and let no client send that header itself.
    max_connections: RHAPSODE_MAX_CONNECTIONS, how many clients may be connected at once; fewer where the system has
      fewer files for them.
    max_connections_per_address: RHAPSODE_MAX_CONNECTIONS_PER_ADDRESS, how many of them from one address.
    read_wait_s: RHAPSODE_READ_WAIT_S, how many seconds a client may take nothing of an answer until it is let go.
    requests_per_minute: RHAPSODE_REQUESTS_PER_MINUTE, how many requests each key may send that has no limit of its
      own; None for any number, as the one person who runs a server needs none against themselves.
    concurrent_requests: RHAPSODE_CONCURRENT_REQUESTS, how many of each such key may run at once, reading aside; None
      for any number: what is spoken waits for its turn anyway.
    max_running_requests: RHAPSODE_MAX_RUNNING_REQUESTS, how many of all that ask for something may run or wait.
    failed_keys_per_minute: RHAPSODE_FAILED_KEYS_PER_MINUTE, how many keys that open nothing an address may show.
    chat_url: RHAPSODE_CHAT_URL, a chat endpoint that speaks OpenAI's protocol, such as `http://127.0.0.1:11434/v1`,
      which writes the scripts of podcasts; None for none.
    chat_model: RHAPSODE_CHAT_MODEL, which of its models.    chat_key: RHAPSODE_CHAT_KEY, where it asks for one.
    public_url: RHAPSODE_PUBLIC_URL, where clients reach the server through a proxy, such as
      `https://example.org/narration`, without a slash at its end; None for where it listens.
    blobs_url: RHAPSODE_BLOBS_URL, where packs are kept, such as `s3://bucket/prefix`, without a slash at its end;
      None for the data directory itself.
    database_url: RHAPSODE_DATABASE_URL, a database of Postgres where several servers and workers have their records,
      such as `postgresql://user:password@host/rhapsode`; None for the data directory itself.
    redirect_downloads: RHAPSODE_REDIRECT_DOWNLOADS, whether clients are sent to the object store for whole files.
    engine_patience_s: RHAPSODE_ENGINE_PATIENCE_S, how long a conversion waits for an engine on another machine, or
      an object store, that is away, until it fails, in seconds.
    voices_url: RHAPSODE_VOICES_URL, a mirror of the voices that can be installed, such as `https://example.org/voices`,
      without a slash at its end; None for their usual homes.
    metrics_open: RHAPSODE_METRICS_OPEN, whether everybody who reaches the server may read `/metrics`.
    min_free_bytes: RHAPSODE_MIN_FREE_BYTES, what stays free on the data directory's disk: with less, no
      conversion begins and no file is taken; 0 for nothing.
    sign_in_role: RHAPSODE_SIGN_IN_ROLE, what somebody is made who signs in for the first time, as a proxy or the
      identity provider says who they are; `none` lets nobody in who isn't a user yet.
    oidc_issuer: RHAPSODE_OIDC_ISSUER, the address of an identity provider, such as `https://login.example.org`.
    oidc_client_id, oidc_client_secret: RHAPSODE_OIDC_CLIENT_ID and RHAPSODE_OIDC_CLIENT_SECRET, as it knows this
      server; without a secret as a public client.
    oidc_role_claim, oidc_workspace_claim: RHAPSODE_OIDC_ROLE_CLAIM and RHAPSODE_OIDC_WORKSPACE_CLAIM, what of its
      tokens says a role (or is a list with one in it) and a workspace; empty for none.
    audit_days: RHAPSODE_AUDIT_DAYS, for how many days entries of the audit log are kept.
    log_level: RHAPSODE_LOG_LEVEL, the least severe event that is written to standard error.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, frozen=True)

    data: Path = Field(default_factory=default_data_directory)
    processes: int | None = Field(default=None, ge=1, le=1024)
    api_key: SecretStr | None = None
    allowed_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
    ] = ()
    trust_remote_user: bool = False
    max_connections: int = Field(default=MAX_CONNECTIONS, ge=8, le=1_000_000)
    max_connections_per_address: int = Field(default=MAX_CONNECTIONS_PER_ADDRESS, ge=1, le=1_000_000)
    read_wait_s: float = Field(default=READ_WAIT_S, ge=1, le=86_400, allow_inf_nan=False)
    requests_per_minute: int | None = Field(default=None, ge=1, le=MAX_RATE)
    concurrent_requests: int | None = Field(default=None, ge=1, le=MAX_RATE)
    max_running_requests: int = Field(default=MAX_RUNNING_REQUESTS, ge=1, le=MAX_RATE)
    failed_keys_per_minute: int = Field(default=FAILED_KEYS_PER_MINUTE, ge=1, le=MAX_RATE)
    chat_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    chat_model: str = ""
    chat_key: SecretStr | None = None
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    blobs_url: Annotated[str, AfterValidator(_blobs_url)] | None = None
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = None
    redirect_downloads: bool = False
    voices_url: Annotated[str, AfterValidator(_voices_url)] | None = None
    engine_patience_s: float = Field(default=ENGINE_PATIENCE_S, ge=0, le=604_800, allow_inf_nan=False)
    metrics_open: bool = False
    min_free_bytes: int = Field(default=MIN_FREE_BYTES, ge=0)
    sign_in_role: Literal["admin", "editor", "viewer", "none"] = "viewer"
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str = ""
    oidc_workspace_claim: str = ""
    audit_days: int = Field(default=AUDIT_DAYS, ge=1, le=36_500)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"

    @field_validator("trust_remote_user")
    @classmethod
    def _of_a_proxy(cls, given: bool, info: ValidationInfo) -> bool:
        """The same. Raises: PydanticCustomError, where there is no proxy to be believed."""
        if given and info.data.get("trusted_proxies") == ():
            msg = "it is a proxy's word that would count; name the proxy in RHAPSODE_TRUSTED_PROXIES"
            raise PydanticCustomError("remote_user", msg)
        return given


def list_unknown(environment: Mapping[str, str], list_engines: Callable[[], Iterable[str]]) -> Iterator[str]:
    """A sentence for each variable that begins as ours do and that nothing reads.

    list_engines: the names of those that may be installed, which takes a moment to find out; each reads variables
      that begin with RHAPSODE_ and its name.
    """
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {ENGINE_STATE}
    ours = sorted(name for name in environment if name.startswith(_PREFIX))
    strange = [
        name
        for name in ours
        # In whatever case, as pydantic reads them.
        if name.upper() not in known
        and not name.startswith((LIMITS, _TESTS))
        and not _is_of_a_service(name, environment[name])
    ]
    families = tuple(_family(engine) for engine in list_engines()) if strange else ()
    for name in strange:
        if not name.startswith(families):
            alike = get_close_matches(name, known, n=1, cutoff=0.8)
            meant = f" Is {alike[0]} meant?" if alike else ""
            yield f"Nothing reads the variable {name}.{meant}"


def _family(engine: str) -> str:
    """How variables of an engine begin; names of variables have no hyphens."""
    return f"{_PREFIX}{engine.upper().replace('-', '_')}_"


def _is_of_a_service(name: str, value: str) -> bool:
    """Whether Kubernetes has put it there, which tells each container of services, such as one called rhapsode."""
    return _OF_A_SERVICE.search(name) is not None or (name.endswith("_PORT") and "://" in value)
