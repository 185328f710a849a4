"""What a server that starts tells its owner of, because it is seldom meant."""

from collections.abc import Iterator

from rhapsode.access.rule import is_loopback
from rhapsode.settings import Settings


def list_dangers(host: str, settings: Settings, *, has_tls: bool) -> Iterator[str]:
    """A sentence for each, with what to do. host: where it listens."""
    if is_loopback(host):
        return
    is_public_https = (settings.public_url or "").startswith("https://")
    if not has_tls and not is_public_https:
        yield (
            f"On {host} keys and texts cross the network as they are, for everybody on it to read. Give --tls-cert"
            " and --tls-key, or put a proxy with TLS before it and set RHAPSODE_PUBLIC_URL."
        )
    if settings.metrics_open:
        yield (
            f"RHAPSODE_METRICS_OPEN lets everybody who reaches {host} read how much this server does. Leave it out"
            " where that isn't Prometheus alone."
        )
