"""A server says at its start what is seldom meant, and is silent where all is well."""

import pytest

from rhapsode.cli.unsafe import list_dangers
from rhapsode.settings import Settings


@pytest.mark.parametrize(
    ("host", "public_url", "has_tls", "metrics_open", "said"),
    [
        ("127.0.0.1", None, False, True, []),
        ("localhost", None, False, False, []),
        ("0.0.0.0", None, True, False, []),
        ("0.0.0.0", "https://example.org", False, False, []),
        ("0.0.0.0", "http://example.org", False, False, ["--tls-cert"]),
        ("::", None, False, True, ["--tls-cert", "RHAPSODE_METRICS_OPEN"]),
        ("192.168.1.2", None, True, True, ["RHAPSODE_METRICS_OPEN"]),
    ],
)
def test_what_is_open_to_others_is_told(
    host: str, public_url: str | None, has_tls: bool, metrics_open: bool, said: list[str]
) -> None:
    """Keys in clear text, and numbers for everybody, on what isn't this machine's own address."""
    settings = Settings(public_url=public_url, metrics_open=metrics_open)
    dangers = list(list_dangers(host, settings, has_tls=has_tls))

    assert len(dangers) == len(said)
    assert all(word in danger for word, danger in zip(said, dangers, strict=True))
