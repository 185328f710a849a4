"""A server and a worker let the same in, by the same settings."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, open_records

from rhapsode.access.keys import create_api_key
from rhapsode.cli.who_connects import access_rule, connection_limits
from rhapsode.settings import Settings


def test_settings_say_who_may_connect_and_how_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies that are trusted are so for connections and for requests, and guesses have their limit."""
    monkeypatch.setenv("RHAPSODE_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("RHAPSODE_FAILED_KEYS_PER_MINUTE", "7")
    monkeypatch.setenv("RHAPSODE_MAX_CONNECTIONS_PER_ADDRESS", "5")
    monkeypatch.setenv("RHAPSODE_METRICS_OPEN", "true")
    records = open_records(tmp_path / "records.sqlite3")
    key = create_api_key(records, WORKSPACE, name="key")
    settings = Settings()

    rule, limits = access_rule(records, settings), connection_limits(settings)

    proxies = (ip_network("10.0.0.0/8"),)
    assert (tuple(rule.trusted_proxies), tuple(limits.trusted)) == (proxies, proxies)
    assert (rule.limits.failed_keys_per_minute, limits.max_per_address, rule.metrics_open) == (7, 5, True)
    owner = rule.find_owner(key.secret)
    assert owner is not None
    assert owner.key_id == key.api_key.key_id
    records.close()
