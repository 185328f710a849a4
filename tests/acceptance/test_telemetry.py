"""What a server tells of itself while it works: lines of log, spans and numbers, and none of anybody's secrets."""

import json
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.collector import Collector, collecting
from tests.rounds import rounds

from .program import Rhapsode
from .server import Server, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(rounds(300, 1_800))]

CANARIES = rounds(10, 1_000)
WRONG_KEYS = str(10 * CANARIES)
"""So many an address may show: they are to be looked at here, not refused."""
VOICE = "tone_low"


@dataclass
class Told:
    """Everything that came out of a server which has ended."""

    lines: list[dict[str, Any]]
    log: str
    metrics: str
    spans: list[Span]
    sent: bytes
    data: Path
    keys: list[str]
    texts: list[str]
    conversion_request_id: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What a server told that was given canaries wherever something can be given."""
    rhapsode = Rhapsode(tmp_path_factory.mktemp("told"))
    keys = ["sk_" + secrets.token_hex(24) for _ in range(CANARIES)]
    texts = [f"canary{secrets.token_hex(8)}" for _ in range(CANARIES)]
    with (
        collecting() as collector,
        serving(
            rhapsode,
            RHAPSODE_LOG_LEVEL="debug",
            RHAPSODE_FAILED_KEYS_PER_MINUTE=WRONG_KEYS,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        ) as server,
    ):
        yield _told(server, rhapsode, collector, keys, texts)


def _told(
    server: Server, rhapsode: Rhapsode, collector: Collector, keys: list[str], texts: list[str]
) -> Told:
    own_key = server.first_key
    http, stranger = server.http(own_key), server.http()
    for key, text in zip(keys, texts, strict=True):
        _misuse(stranger, http, key, text)
    content = [{"name": "One", "blocks": [_block(text) for text in texts]}]
    form = {"name": f"{texts[0]} book", "from_content_json": json.dumps(content)}
    form |= {"default_title_voice_id": VOICE, "default_paragraph_voice_id": VOICE}
    project_id = http.post("/v1/studio/projects", data=form).json()["project"]["project_id"]
    asked = http.post(f"/v1/studio/projects/{project_id}/convert")
    while http.get(f"/v1/studio/projects/{project_id}").json()["state"] != "default":
        time.sleep(0.1)
    metrics = http.get("/metrics").text
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    log = server.log.read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return Told(
        lines,
        log,
        metrics,
        collector.spans,
        b"".join(collector.bodies),
        rhapsode.data,
        [own_key, *keys],
        texts,
        asked.headers["request-id"],
    )


def _block(text: str) -> dict[str, Any]:
    node = {"type": "tts_node", "voice_id": VOICE, "text": f"There was {text}."}
    return {"sub_type": "p", "nodes": [node]}


def _misuse(stranger: httpx.Client, owner: httpx.Client, key: str, text: str) -> None:
    """Send a key and a text to where they don't belong."""
    stranger.get("/v1/voices", headers={"xi-api-key": key})
    stranger.get("/v1/voices", headers={"authorization": f"Bearer {key}"})
    stranger.get("/metrics", headers={"authorization": f"Bearer {key}"})
    owner.get("/v1/history", params={"xi-api-key": key, "search": text})
    owner.get(f"/v1/voices/{key}")
    owner.get(f"/{key}")
    owner.post(f"/v1/text-to-speech/{VOICE}", json={"text": text, "seed": "nonsense", "key": key})
    owner.post("/v1/text-to-speech/nobody", json={"text": text})
    owner.post("/v1/studio/projects", data={"name": text, "from_content_json": f"[{text}"})


def test_no_secret_leaves_the_server(told: Told) -> None:
    """No key is in the log, the numbers, the spans or any file of the data directory, and no text in what is told."""
    stored = b"".join(path.read_bytes() for path in told.data.rglob("*") if path.is_file())
    everywhere = told.log.encode() + told.metrics.encode() + told.sent

    assert len(stored) > 10_000
    assert len(told.lines) > CANARIES
    for key in told.keys:
        assert key.encode() not in everywhere
        assert key.encode() not in stored
    for text in told.texts:
        assert text.encode() not in everywhere


def test_every_line_of_a_request_has_its_id(told: Told) -> None:
    """The last of them says what it was, who asked and how it ended."""
    (line,) = (
        line
        for line in told.lines
        if line["event"] == "request" and line["request_id"] == told.conversion_request_id
    )

    assert line["operation"] == "convert_project_endpoint"
    assert (line["status"], line["level"], line["workspace_id"]) == (200, "info", "default")
    assert line["key_id"]
    assert line["duration_ms"] > 0
    assert all(
        line.get("request_id") for line in told.lines if line["event"] in ("request", "request_failed")
    )


def test_spans_say_what_was_part_of_what(told: Told) -> None:
    """Packs are parts of slices, which are parts of the conversion; requests have the contract's names."""
    named: dict[str, list[Span]] = {}
    for span in told.spans:
        named.setdefault(span.name, []).append(span)
    (conversion,) = named["conversion"]

    assert {span.parent_span_id for span in named["slice"]} == {conversion.span_id}
    slices = {span.span_id for span in named["slice"]}
    assert named["pack"]
    assert {span.parent_span_id for span in named["pack"]} <= slices
    assert {span.trace_id for name in ("slice", "pack") for span in named[name]} == {conversion.trace_id}
    assert len(named["convert_project_endpoint"]) == 1
    ids = {a.value.string_value for a in named["convert_project_endpoint"][0].attributes}
    assert told.conversion_request_id in ids
