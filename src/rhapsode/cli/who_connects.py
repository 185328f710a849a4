"""Who may connect to a server or a worker, and who is let in, by its settings."""

from functools import partial

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule, RequestLimits
from rhapsode.cli.connections import ConnectionLimits
from rhapsode.cli.process_limits import most_clients
from rhapsode.settings import Settings
from rhapsode.storage.records import Records


def connection_limits(settings: Settings) -> ConnectionLimits:
    """What those who connect are allowed."""
    return ConnectionLimits(
        max_connections=most_clients(settings.max_connections),
        max_per_address=settings.max_connections_per_address,
        trusted=settings.trusted_proxies,
        read_wait_s=settings.read_wait_s,
    )


def access_rule(records: Records, settings: Settings) -> AccessRule:
    """Whom keys let in, and how much may be asked. A server adds what workers have not: pages and commands."""
    return AccessRule(
        find_owner=partial(find_owner, records),
        metrics_open=settings.metrics_open,
        limits=RequestLimits(
            requests_per_minute=settings.requests_per_minute,
            concurrent_requests=settings.concurrent_requests,
            max_running_requests=settings.max_running_requests,
            failed_keys_per_minute=settings.failed_keys_per_minute,
        ),
        trusted_proxies=settings.trusted_proxies,
    )
