"""A server that is asked to end while somebody still writes."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .program import Rhapsode
from .server import serving

GIVEN_KEY = "a-key-that-somebody-has-chosen"


@pytest.mark.slow
def test_what_was_spoken_is_kept_when_the_server_ends(rhapsode: Rhapsode) -> None:
    """The client is told that the server restarts, and the next one has the item."""
    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        address = server.url.replace("http", "ws", 1) + "/v1/text-to-speech/tone_low/stream-input"
        with connect(address, additional_headers={"xi-api-key": GIVEN_KEY}) as connection:
            connection.send(json.dumps({"text": "The lamps are lit. ", "flush": True}))
            assert json.loads(connection.recv(timeout=60))["audio"]
            assert server.stop().exit_status == 0
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012

    with serving(rhapsode, RHAPSODE_API_KEY=GIVEN_KEY) as server:
        (item,) = server.client(GIVEN_KEY).history.list().history
        assert item.text == "The lamps are lit. "
