"""RHAPSODE_PUBLIC_URL: what a server is called by those who reach it through a proxy."""

import pytest

from .program import Rhapsode
from .server import serving

pytestmark = pytest.mark.slow

PUBLIC = "https://example.org/narration"


def test_addresses_begin_with_the_public_one(rhapsode: Rhapsode) -> None:
    """And are answered where the server listens, with the path and without it."""
    with serving(rhapsode, RHAPSODE_PUBLIC_URL=f"{PUBLIC}/") as server:
        assert f'ElevenLabs(base_url="{PUBLIC}")' in "".join(server.said)
        http, key = server.http(), {"xi-api-key": server.first_key}
        assert http.get("/openapi.json").json()["servers"] == [{"url": PUBLIC}]
        first = http.get("/v1/voices/tone_low", headers=key).json()["preview_url"]
        assert first.startswith(f"{PUBLIC}/rhapsode/v1/shared/default/preview/tone_low/")
        for taken_off in ("https://example.org", PUBLIC):
            assert http.get(first.removeprefix(taken_off)).headers["content-type"] == "audio/mpeg"


def test_an_address_that_can_not_be_meant_is_refused(rhapsode: Rhapsode) -> None:
    """In a sentence, before anything is begun."""
    ended = rhapsode.run("serve", "--port", "0", RHAPSODE_PUBLIC_URL="https://example.org/rhapsode")
    assert ended.exit_status == 1
    assert "RHAPSODE_PUBLIC_URL: its path can't begin with /rhapsode" in ended.errors
    assert not rhapsode.data.exists()
