"""Spans by OpenTelemetry, sent by OTLP over HTTP; all else about them is set by its standard variables.

The one module that knows OpenTelemetry, which is an extra. Spans of requests are made here and not by its
instrumentation for ASGI, which writes down whole addresses, with what opens a player or a WebSocket in them.
"""

import contextlib
from collections.abc import Iterator, Mapping

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from rhapsode import __version__
from rhapsode.telemetry.tracing import Span, Value


class OtlpTracer:
    """See `tracing.Tracer`."""

    def __init__(self) -> None:
        # Variables go before what is given here.
        resource = Resource.create({"service.name": "rhapsode", "service.version": __version__})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("rhapsode", __version__)

    @contextlib.contextmanager
    def span(self, name: str, carrier: Mapping[str, str], attributes: Mapping[str, Value]) -> Iterator[Span]:
        """See `tracing.Tracer`."""
        with self._tracer.start_as_current_span(
            name,
            context=propagate.extract(carrier) if carrier else None,
            kind=SpanKind.SERVER if carrier else SpanKind.INTERNAL,
            attributes=_prefixed(attributes),
            # An exception's words may be those of a book.
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            yield _OtlpSpan(started)

    def stop(self) -> None:
        """See `tracing.Tracer`."""
        self._provider.shutdown()


class _OtlpSpan:
    """See `tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, **attributes: Value) -> None:
        self._span.set_attributes(_prefixed(attributes))

    def fail(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


def _prefixed(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {f"rhapsode.{name}": value for name, value in attributes.items()}
