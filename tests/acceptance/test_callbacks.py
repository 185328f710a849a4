"""Webhooks of a server that is killed: what has happened is told all the same."""

import contextlib
import threading

import pytest
from elevenlabs import ElevenLabs
from elevenlabs.types import WebhookHmacSettings
from tests.loopback import Asked, answering, reply
from tests.waiting import wait_until

from .program import Rhapsode
from .server import Server, serving

KEY = "a-key-that-somebody-has-chosen"
NETWORKS = "127.0.0.0/8, ::1/128"
_LIMIT_S = 60


def running(rhapsode: Rhapsode) -> contextlib.AbstractContextManager[Server]:
    """A server that may tell others on this machine."""
    return serving(rhapsode, RHAPSODE_API_KEY=KEY, RHAPSODE_ALLOWED_NETWORKS=NETWORKS)


def convert(sdk: ElevenLabs) -> str:
    """Make a small project and convert it to the end; its id."""
    studio = sdk.studio.projects
    text = '[{"name":"One","blocks":[{"nodes":[{"type":"tts_node","text":"They climbed."}]}]}]'
    voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
    project_id = studio.create(name="Tides", from_content_json=text, **voices).project.project_id
    studio.convert(project_id)
    wait_until(lambda: studio.get(project_id).can_be_downloaded)
    return str(project_id)


@pytest.mark.slow
def test_a_kill_before_and_behind_the_answer(rhapsode: Rhapsode) -> None:
    """Killed when a message was committed but not sent, and when it was sent but not recorded: it arrives, the same.

    Each time it has a signature that the official SDK verifies.
    """
    is_held, held = threading.Event(), threading.Event()

    def hold(asked: Asked) -> list[bytes]:
        held.set()
        is_held.wait(_LIMIT_S)
        return [reply()]

    with answering(hold) as receiver, running(rhapsode) as server:
        sdk = server.client(KEY)
        hook = WebhookHmacSettings(name="Tides", webhook_url=f"http://127.0.0.1:{receiver.port}/")
        secret = sdk.webhooks.create(settings=hook).webhook_secret or ""
        project_id = convert(sdk)
        assert held.wait(_LIMIT_S)
        server.kill()
    with running(rhapsode) as server:
        # Nobody listens any more: it is tried, and postponed.
        wait_until(lambda: server.client(KEY).webhooks.list().webhooks[0].most_recent_failure_timestamp)
        server.kill()
    is_held.set()
    with answering(lambda _: [reply()], port=receiver.port) as receiver_again, running(rhapsode) as server:
        wait_until(lambda: receiver_again.asked)
        server.stop()

    (first,), (second,) = receiver.asked, receiver_again.asked
    assert first.body == second.body
    for asked in (first, second):
        signature = asked.headers["elevenlabs-signature"]
        event = ElevenLabs(api_key="none").webhooks.construct_event(asked.body.decode(), signature, secret)
        assert event["data"]["project_id"] == project_id


def test_a_network_that_is_none_is_named(rhapsode: Rhapsode) -> None:
    """In one sentence, before anything is begun."""
    finished = rhapsode.run("serve", RHAPSODE_ALLOWED_NETWORKS="10.0.0.0/8,tides")
    assert finished.error.startswith("RHAPSODE_ALLOWED_NETWORKS: ")
    assert "tides" in finished.error
