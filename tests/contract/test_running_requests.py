"""Requests count as downloads for as long as they are answered, which clean-up heeds."""

import time

import httpx

from rhapsode.storage import history
from rhapsode.studio.ids import HistoryItemId

from .running import LiveServer
from .speaking import speak

LONG = "The ferry left at six, and nobody saw it go. " * 60
"""Its WAV file is larger than what a socket holds."""


def wait_until_idle(server: LiveServer) -> None:
    """Wait until nothing is being answered."""
    until_s = time.monotonic() + 20
    while server.services.running_downloads.oldest_started_at_ms() is not None:
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_download_is_running_until_its_client_has_it_or_leaves(
    http: httpx.Client, server: LiveServer
) -> None:
    """From before it was planned; whoever asks for nothing keeps nothing from being cleaned up."""
    item_id = speak(http, LONG)
    wait_until_idle(server)
    body = {"history_item_ids": [item_id], "output_format": "wav"}
    before_ms = time.time_ns() // 1_000_000
    for leaves in (False, True):
        with http.stream("POST", "/v1/history/download", json=body) as response:
            blocks = response.iter_raw(2**16)
            read = len(next(blocks))
            oldest_ms = server.services.running_downloads.oldest_started_at_ms()
            assert oldest_ms is not None
            assert oldest_ms >= before_ms
            if not leaves:
                read += sum(map(len, blocks))
                assert read == int(response.headers["content-length"])
        wait_until_idle(server)


def test_an_item_that_is_deleted_while_it_is_sent_arrives(http: httpx.Client, server: LiveServer) -> None:
    """In a zip too, though nobody who asks now finds it."""
    items = [speak(http, LONG, output_format="pcm_44100"), speak(http, "It rained.")]
    body = {"history_item_ids": items}
    whole = http.post("/v1/history/download", json=body).content
    with http.stream("POST", "/v1/history/download", json=body) as response:
        blocks = response.iter_raw()
        content = next(blocks)
        for item_id in items:
            http.delete(f"/v1/history/{item_id}").raise_for_status()
        content += b"".join(blocks)
    assert content == whole
    assert http.post("/v1/history/download", json=body).status_code == 404
    with server.records.read(server.workspace_id) as tx:
        assert history.find_item(tx, HistoryItemId(items[0])) is None
