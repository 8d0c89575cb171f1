"""Spans and the `traceparent` that carries a story from hop to hop. Without an OTLP address nothing is recorded and nothing is paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.util.types import AttributeValue

from kit.settings import Settings

QUEUE: Final = 16_384  # the default of 2,048 lost 48 % of the spans of a burst
_ids = RandomIdGenerator()
_provider: TracerProvider | None = None


def start(settings: Settings) -> None:
    """Begin to record spans of this process and send them by OTLP/HTTP, when an address is set."""
    global _provider  # noqa: PLW0603  one process is one resource
    if not settings.otlp or _provider is not None:
        return
    resource = Resource.create({"service.name": settings.service, "service.namespace": "macs", "macs.role": settings.role})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE, schedule_delay_millis=500, max_export_batch_size=1024))
    trace.set_tracer_provider(provider)
    _provider = provider


def stop() -> None:
    """Send what is still waiting, for at most two seconds."""
    if _provider is not None:
        _provider.force_flush(2_000)


def tracer() -> trace.Tracer:
    return trace.get_tracer("macs.kit")


@contextmanager
def span(name: str, *, kind: SpanKind = SpanKind.INTERNAL, parent: str | None = None, **attributes: AttributeValue) -> Iterator[Span]:
    """A span around a piece of work. `parent` is a `traceparent` from outside; without one, the span of the moment."""
    context = remote_context(parent) if parent else None
    with tracer().start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


@contextmanager
def server_span(name: str, parent: str | None) -> Iterator[Span]:
    """The span of an HTTP request. Where nothing records, a story still gets its id, so that the receipt can name it."""
    remote = context_of(parent) if parent else None
    context = trace.set_span_in_context(NonRecordingSpan(remote), Context()) if remote else Context()
    if _provider is None:
        trace_id = remote.trace_id if remote else _ids.generate_trace_id()
        current: Span = NonRecordingSpan(SpanContext(trace_id, _ids.generate_span_id(), is_remote=False))
    else:
        current = tracer().start_span(name, context=context, kind=SpanKind.SERVER)
    with trace.use_span(current, end_on_exit=True):
        yield current


def current_traceparent(sampled: bool | None = None) -> str:
    """The `traceparent` of the moment, made up (not sampled) when no span is there: a story has its id even where nothing records it.

    `sampled` overrides the flag: the lines after the third of a filing carry the trace's id unsampled.
    """
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        made = f"00-{_ids.generate_trace_id():032x}-{_ids.generate_span_id():016x}-00"
        return made if sampled is None else with_flag(made, sampled)
    flag = bool(found.trace_flags & TraceFlags.SAMPLED) if sampled is None else sampled
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{'01' if flag else '00'}"


def current_trace_id() -> str | None:
    """32 lower-case hex digits, None outside any span."""
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else None


def with_flag(traceparent: str, sampled: bool) -> str:
    return f"{traceparent[:-2]}{'01' if sampled else '00'}"


def trace_id_of(traceparent: str) -> str:
    return traceparent[3:35]


def is_sampled(traceparent: str | None) -> bool:
    """One byte test: the last hex digit's lowest bit (flags are 00 to 03 today)."""
    return bool(traceparent) and bool(ord(traceparent[-1]) & 1)  # type: ignore[index]  # bool() above


def context_of(traceparent: str) -> SpanContext | None:
    """The remote span context that a `traceparent` names, None when it is malformed: somebody else's header never breaks us."""
    try:
        version, trace_id, span_id, flags = traceparent.split("-")
        found = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    except ValueError:
        return None
    return found if len(version) == 2 and len(trace_id) == 32 and len(span_id) == 16 and found.is_valid else None


def remote_context(traceparent: str) -> Context:
    """A context whose current span is the remote one; empty when the header is malformed."""
    found = context_of(traceparent)
    return trace.set_span_in_context(NonRecordingSpan(found), Context()) if found else Context()


def traceparent_of(span: Span) -> str:
    found = span.get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{'01' if found.trace_flags & TraceFlags.SAMPLED else '00'}"


def is_recording() -> bool:
    """Whether spans of this process go anywhere."""
    return _provider is not None
