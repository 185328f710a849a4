"""Traces are made where they are asked for, and are nothing to anybody else."""

import sys

import pytest
from structlog.testing import capture_logs
from tests.collector import collecting

from rhapsode.telemetry import tracing


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra isn't installed: to import it fails."""
    monkeypatch.setitem(sys.modules, "rhapsode.telemetry.otlp", None)


@pytest.mark.usefixtures("without_extra")
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_SERVICE_NAME": "books"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_who_asks_for_none_imports_nothing(environment: dict[str, str]) -> None:
    """Nothing is missed where nothing was wanted, and spans say nothing."""
    with capture_logs() as logs, tracing.tracing(environment), tracing.span("request", a=1) as span:
        span.name("other")
        span.note(b=2)
        span.fail("Error")

    assert logs == []


@pytest.mark.usefixtures("without_extra")
def test_what_is_missing_is_told_with_advice() -> None:
    """A server whose variables ask for traces starts without them, and its log says what to install."""
    environment = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}
    with capture_logs() as logs, tracing.tracing(environment), tracing.span("request"):
        pass

    (line,) = logs
    assert line["event"] == "tracing.not_installed"
    assert "rhapsode[telemetry]" in line["advice"]


def test_a_span_goes_on_what_a_client_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the trace that a header names; an error is told by its class, and not by its words."""
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    def fail() -> None:
        with tracing.span("request", {"traceparent": header}, size=1):
            msg = "secret words"
            raise ValueError(msg)

    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with tracing.tracing():
            with tracing.span("before"):
                pass
            with pytest.raises(ValueError, match="secret"):
                fail()
        spans = {span.name: span for span in collector.spans}

    assert spans["request"].trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert spans["request"].parent_span_id.hex() == "b7ad6b7169203331"
    assert not spans["before"].parent_span_id
    assert {a.key for a in spans["request"].attributes} == {"rhapsode.size", "error.type"}
    assert b"secret" not in b"".join(collector.bodies)
