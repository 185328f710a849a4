"""What those who run the server ask: health, readiness and numbers."""

import contextlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
import yaml
from elevenlabs import ElevenLabs
from prometheus_client.parser import text_string_to_metric_families
from tests.factories import TONE_LOW

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.metrics import look_at
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.telemetry.readiness import Look, NotReady, Readiness, Report

from .asking import get_anew, raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer


def numbers(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(http: httpx.Client) -> str:
    """All numbers, once every request before is counted: its client may be first to see its end."""
    deadline_s = time.monotonic() + 10
    while True:
        text = http.get("/metrics").text
        if numbers(text)["rhapsode_requests_running", ()] == 1 or time.monotonic() > deadline_s:
            return text


def test_life_and_readiness_are_open(anonymous: httpx.Client) -> None:
    """Nobody needs a key to hear that it lives and is ready."""
    alive, ready = anonymous.get("/healthz"), anonymous.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_what_is_missing_is_503(server: LiveServer) -> None:
    """With the reason beside its name, while it lives on."""

    def gone() -> str:
        msg = "The disk is gone."
        raise NotReady(msg)

    access = AccessRule(partial(find_owner, server.records))
    with probed(server, access, readiness=Readiness({"disk": gone})) as url:
        answer = get_anew(f"{url}/readyz")
        alive = get_anew(f"{url}/healthz")

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert answer.json() == {
        "status": "not_ready",
        "checks": {"disk": {"state": "failed", "reason": "The disk is gone."}},
    }


def test_methods_that_a_path_has_not_are_counted_as_one(anonymous: httpx.Client, http: httpx.Client) -> None:
    """Whatever words a client thinks of: the numbers don't grow by them."""
    for method in ("FOO", "BAR", "DELETE"):
        assert anonymous.request(method, "/healthz").status_code == 405
    told = scraped(http)

    assert not [line for line in told.splitlines() if re.search(r"(FOO|BAR|DELETE) /healthz", line)]
    labels = (("method", "any"), ("operation", "unknown"), ("status", "405"))
    assert numbers(told)["rhapsode_requests_total", labels] >= 3


def test_numbers_need_a_key_as_prometheus_shows_it(server: LiveServer, anonymous: httpx.Client) -> None:
    """As a bearer's, which is all that it can send everywhere, or as everybody else does."""
    assert error_of(anonymous.get("/metrics")) == (401, "needs_authorization")
    for wrong in ("Bearer sk_wrong", "Bearer", "Basic abc"):
        assert anonymous.get("/metrics", headers={"authorization": wrong}).status_code == 401
    for right in ({"authorization": f"Bearer {server.key}"}, {"xi-api-key": server.key}):
        answer = anonymous.get("/metrics", headers=right)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_numbers_can_be_open_to_everybody(server: LiveServer) -> None:
    """When the owner says so; nothing else is then."""
    access = AccessRule(partial(find_owner, server.records), metrics_open=True)
    with probed(server, access) as url:
        assert get_anew(f"{url}/metrics").status_code == 200
        assert get_anew(f"{url}/v1/voices").status_code == 401


def test_requests_are_counted_by_operation(
    server: LiveServer, client: ElevenLabs, http: httpx.Client
) -> None:
    """By the contract's names, with the bytes that were sent; ids and unknown paths are in no label."""
    before = numbers(scraped(http))
    audio = b"".join(client.text_to_speech.convert(TONE_LOW, text="The tide is out at Wren Point."))
    http.get("/v1/history/nobody-knows-this-id")
    http.get("/v1/nobody-knows-this-path")
    text = scraped(http)
    after = numbers(text)

    def rise(name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    spoken = {"operation": "text_to_speech_full"}
    assert rise("rhapsode_requests_total", method="POST", status="200", **spoken) == 1
    assert rise("rhapsode_request_seconds_count", **spoken) == 1
    assert rise("rhapsode_sent_bytes_total", **spoken) == len(audio)
    lost = {"operation": "get_speech_history_item_by_id", "method": "GET", "status": "404"}
    assert rise("rhapsode_requests_total", **lost) == 1
    assert rise("rhapsode_errors_total", code="history_item_not_found", error="HistoryItemNotFound") == 1
    assert rise("rhapsode_requests_total", operation="unknown", method="any", status="404") == 1
    assert rise("rhapsode_spoken_audio_seconds_total", engine="tone") > 0
    assert rise("rhapsode_segments_wanted_total") == 1
    assert "nobody-knows" not in text
    for secret in (server.key, server.workspace_id, "Wren"):
        assert secret not in text


def test_stored_bytes_are_counted_however_they_are_sent(server: LiveServer) -> None:
    """Also those that go past the usual way of sending."""
    with raw_http(server.url, server.key) as http:
        http.post(f"/v1/text-to-speech/{TONE_LOW}", json={"text": "The tide is out. " * 40})
        (item,) = http.get("/v1/history").json()["history"]
        before = numbers(scraped(http))
        audio = http.get(f"/v1/history/{item['history_item_id']}/audio").content
        after = numbers(scraped(http))

    key = "rhapsode_sent_bytes_total", (("operation", "get_audio_full_from_speech_history_item"),)
    assert after[key] - before.get(key, 0) == len(audio)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [("proxy-4711.abc_X", True), ("short", False), ("x" * 65, False), ("with space and more", False)],
)
def test_a_request_may_bring_its_id(http: httpx.Client, given: str, is_taken: bool) -> None:
    """So that a proxy's log and ours speak of the same; what can't be one is ignored."""
    answer = http.get("/v1/models", headers={"x-request-id": given})

    assert (answer.headers["request-id"] == given) is is_taken


ROOT = Path(__file__).parents[2]


def named_in(text: str) -> set[str]:
    """Names of metrics in an expression, without what Prometheus puts behind them."""
    names = re.findall(r"\b(?:rhapsode|process)_[a-z_]+\b", text)
    return {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in names}


@pytest.fixture
def exported(http: httpx.Client) -> dict[str, set[str]]:
    """What a server exports, each with the labels that its samples have."""
    return {
        family.name: {label for sample in family.samples for label in sample.labels} - {"le"}
        for family in text_string_to_metric_families(http.get("/metrics").text)
    }


def documented_labels(text: str) -> dict[str, set[str]]:
    """What docs/operations.md says of each number of ours."""
    rows = re.findall(r"^\| `(rhapsode_[a-z_]+)` \| (.*?) \|", text, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def test_every_number_is_documented(exported: dict[str, set[str]]) -> None:
    """And nothing is documented that isn't there; labels are as they are said to be."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = documented_labels(text)

    assert documented.keys() == {name for name in exported if name.startswith("rhapsode_")}
    for name, labels in exported.items():
        assert labels <= documented.get(name, set()), name
    for name in exported.keys() - documented.keys():
        assert f"`{name}`" in text


def test_the_dashboard_shows_what_there_is(exported: dict[str, set[str]]) -> None:
    """Every name in its queries is exported, and every number of ours is on it."""
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "rhapsode.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    shown = named_in("\n".join(queries))

    assert shown <= exported.keys()
    assert {name for name in exported if name.startswith("rhapsode_")} <= shown
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_alerts_are_about_what_there_is(exported: dict[str, set[str]]) -> None:
    """Each has an expression over exported numbers, how severe it is, and what to do."""
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8"))
    alerts = [alert for group in rules["groups"] for alert in group["rules"]]
    # An error has its label when there was one.
    documented = documented_labels((ROOT / "docs" / "operations.md").read_text("utf-8"))

    assert len(alerts) >= 8
    for alert in alerts:
        assert named_in(alert["expr"]) <= exported.keys()
        assert named_in(alert["expr"]) or "up{" in alert["expr"]
        assert alert["labels"]["severity"] in ("warning", "critical")
        assert {"summary", "description"} <= alert["annotations"].keys()
        selected = set(re.findall(r"(\w+)=~?\"", alert["expr"])) - {"job", "instance"}
        assert selected <= set().union(
            *(documented.get(name, set()) for name in named_in(alert["expr"])), {"status"}
        )


def test_numbers_come_where_the_records_do_not(server: LiveServer) -> None:
    """What was counted is told all the same: it is when something is wrong that somebody looks."""

    class Gone(Records):
        def __init__(self) -> None:
            pass

        @contextlib.contextmanager
        def read(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
            raise DataDamaged
            yield

    services = replace(server.services, records=Gone())
    families = {family.name for family in look_at(services, Report({"records": Look("failed", "Gone.")}))}

    assert "rhapsode_ready" in families
    assert "rhapsode_conversions" not in families
