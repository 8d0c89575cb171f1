"""Spans of batches and records: one root span a batch with a few links, one light span for each sampled record, nothing for the others."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, use_span
from opentelemetry.util.types import AttributeValue

from kit.consumer.reader import Received
from kit.dead_letters import DeadLetter
from kit.telemetry import tracing
from schemas.topics import Topic

MAX_LINKS: Final = 64  # the SDK drops links past 128


@dataclass
class BatchSpans:
    """The spans of one batch, from its first attempt to its commit."""

    root: Span
    records: list[Span] = field(default_factory=list)

    def end(self) -> None:
        for span in self.records:
            span.end()
        self.root.end()


def open_batch(topic: Topic, group: str, received: list[Received]) -> tuple[BatchSpans | None, list[Received]]:
    """Spans for the sampled records of a batch, and the records with their `traceparent` moved on to their own span.

    Without an exporter, or when no record is sampled, there is nothing to pay but one byte test a record.
    """
    if not tracing.is_recording():
        return None, received
    sampled = [index for index, one in enumerate(received) if one.traceparent is not None and ord(one.traceparent[-1]) & 1]
    if not sampled:
        return None, received
    contexts = [context for index in sampled[:MAX_LINKS] if (context := tracing.context_of(received[index].traceparent or ""))]
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic.name,
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(received),
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    root = tracing.tracer().start_span(
        f"process {topic.name}",
        context=Context(),
        kind=SpanKind.CONSUMER,
        links=[Link(context) for context in contexts],
        attributes=attributes,
    )
    spans = BatchSpans(root)
    link = Link(root.get_span_context())
    moved = list(received)
    for index in sampled:
        one = received[index]
        span = _record_span(topic, group, one, link)
        spans.records.append(span)
        moved[index] = msgspec.structs.replace(one, traceparent=tracing.traceparent_of(span))
    return spans, moved


def _record_span(topic: Topic, group: str, one: Received, link: Link) -> Span:
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic.name,
        "messaging.destination.partition.id": str(one.partition),
        "messaging.kafka.offset": one.offset,
        "messaging.kafka.message.key": one.key,
        "messaging.message.id": one.ce_id,
        "messaging.consumer.group.name": group,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "cloudevents.event_type": one.ce_type,
    }
    return tracing.tracer().start_span(
        f"process {topic.name}",
        context=tracing.remote_context(one.traceparent or ""),
        kind=SpanKind.CONSUMER,
        links=[link],
        attributes=attributes,
    )


def current(spans: BatchSpans | None) -> AbstractContextManager[Any]:
    """The batch's span as the span of the moment, so that logs and queries belong to it."""
    return use_span(spans.root) if spans is not None else nullcontext()


def dead(topic: Topic, group: str, letter: DeadLetter) -> str | None:
    """A span for a failed record even when its story is not sampled; returns the `traceparent` with the flag set for later hops."""
    if letter.traceparent is None or tracing.context_of(letter.traceparent) is None:
        return None
    if not tracing.is_recording():
        return letter.traceparent
    now = time.time_ns()
    sampled = tracing.with_flag(letter.traceparent, True)
    attributes: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic.name,
        "messaging.consumer.group.name": group,
        "messaging.operation.type": "process",
        "messaging.kafka.offset": letter.record.offset,
        "error.type": "dead_letter",
    }
    span = tracing.tracer().start_span(
        f"process {topic.name}", context=tracing.remote_context(sampled), kind=SpanKind.CONSUMER, attributes=attributes, start_time=now
    )
    span.set_status(Status(StatusCode.ERROR, letter.reason[:200]))
    span.end()
    return tracing.traceparent_of(span)
