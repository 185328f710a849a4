"""Spans: how long what was done took, and what it was part of. Free of cost until somebody asks for them.

Where the standard variables of OpenTelemetry name a place to send them to, and the extra `telemetry` is installed,
`telemetry.otlp` makes them. Attributes are ids and sizes: no text, no key and no query.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import structlog

Value = str | int | float

_log = structlog.get_logger()
_PLACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Span(Protocol):
    """Something that is being done."""

    def name(self, name: str) -> None:
        """Call it otherwise, where its name is only known now."""

    def note(self, **attributes: Value) -> None:
        """Say more of it."""

    def fail(self, kind: str) -> None:
        """Say that it went wrong. kind: the name of the error's class."""


class Tracer(Protocol):
    """Makes spans."""

    def span(
        self, name: str, carrier: Mapping[str, str], attributes: Mapping[str, Value]
    ) -> contextlib.AbstractContextManager[Span]:
        """A span that is part of the one around it, or of what the carrier (headers of a request) names."""

    def stop(self) -> None:
        """Send what isn't sent."""


class _NoSpan:
    def name(self, name: str) -> None:
        pass

    def note(self, **attributes: Value) -> None:
        pass

    def fail(self, kind: str) -> None:
        pass


_NO_SPAN = _NoSpan()
_tracer: Tracer | None = None


@contextlib.contextmanager
def span(name: str, carrier: Mapping[str, str] | None = None, **attributes: Value) -> Iterator[Span]:
    """Have it be known how long the block takes; an error that leaves it is noted by its class alone."""
    if _tracer is None:
        yield _NO_SPAN
        return
    with _tracer.span(name, carrier or {}, attributes) as started:
        try:
            yield started
        except BaseException as error:
            started.fail(type(error).__name__)
            raise


@contextlib.contextmanager
def tracing(environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Have spans made and sent as long as the block lasts, if the environment asks for it."""
    global _tracer
    if not _is_wanted(environment):
        yield
        return
    start = _find_otlp()
    if start is None:
        yield
        return
    _tracer = tracer = start()
    try:
        yield
    finally:
        _tracer = None
        tracer.stop()


def _is_wanted(environment: Mapping[str, str]) -> bool:
    """As the specification of OpenTelemetry has its variables; nothing is sent unless a place is named."""
    is_disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    exporter = environment.get("OTEL_TRACES_EXPORTER", "otlp")
    return not is_disabled and exporter == "otlp" and any(environment.get(place) for place in _PLACES)


def _find_otlp() -> Callable[[], Tracer] | None:
    try:
        # An extra: most installations send no traces.
        from rhapsode.telemetry.otlp import OtlpTracer
    except ModuleNotFoundError as error:
        advice = "Install it with pip install 'rhapsode[telemetry]'."
        _log.warning("tracing.not_installed", missing=error.name, advice=advice)
        return None
    return OtlpTracer
