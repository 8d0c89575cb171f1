"""One story, one trace, although hops work in batches: which spans a batch makes, and which it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kit.consumer import Received, spans
from kit.dead_letters import DeadLetter
from kit.telemetry import tracing
from schemas import topics

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_provider", provider)
    monkeypatch.setattr(tracing, "tracer", lambda: provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def _received(number: int, flag: str, trace: str = TRACE) -> Received:
    return Received(None, "k", "hours", 0, number, f"id{number}", "t", f"00-{trace}-{number + 1:016x}-{flag}", b"")


def _by_kind(exporter: InMemorySpanExporter) -> tuple[list[ReadableSpan], list[ReadableSpan]]:
    """Root spans of batches, spans of records."""
    found = exporter.get_finished_spans()
    return [span for span in found if span.parent is None], [span for span in found if span.parent is not None]


def test_a_sampled_record_gets_a_span_and_its_story_moves_on_to_it(seen: InMemorySpanExporter) -> None:
    before = [_received(0, "01"), _received(1, "00"), _received(2, "01")]
    opened, after = spans.open_batch(topics.HOURS, "indicators.hours", before)
    assert opened is not None
    opened.end()
    [root], records = _by_kind(seen)
    assert [span.parent.span_id for span in records if span.parent] == [1, 3]
    assert len(root.links) == 2
    assert all(link.context.span_id == root.context.span_id for span in records for link in span.links)
    assert after[1].traceparent == before[1].traceparent
    for span, received in zip(records, (after[0], after[2]), strict=True):
        assert received.traceparent == f"00-{TRACE}-{span.context.span_id:016x}-01"


def test_an_unsampled_batch_makes_no_span_and_is_handed_on_untouched(seen: InMemorySpanExporter) -> None:
    before = [_received(number, "00") for number in range(500)]
    opened, after = spans.open_batch(topics.HOURS, "indicators.hours", before)
    assert opened is None
    assert after is before
    assert seen.get_finished_spans() == ()


def test_a_batch_has_at_most_64_links(seen: InMemorySpanExporter) -> None:
    opened, _ = spans.open_batch(topics.HOURS, "g", [_received(number, "01") for number in range(200)])
    assert opened is not None
    opened.end()
    [root], records = _by_kind(seen)
    assert (len(root.links), len(records)) == (64, 200)


def test_a_dead_letter_is_told_even_when_its_story_is_not_sampled(seen: InMemorySpanExporter) -> None:
    @dataclass
    class Record:
        offset: int = 7

    story = f"00-{TRACE}-00000000000000aa-00"
    moved = spans.dead(topics.HOURS, "g", DeadLetter(Record(), "ValueError: bad", story))
    [span] = seen.get_finished_spans()
    assert moved == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert not span.status.is_ok
    assert spans.dead(topics.HOURS, "g", DeadLetter(Record(), "bad", "nonsense")) is None


def test_without_an_exporter_a_request_still_has_its_story() -> None:
    with tracing.server_span("POST", f"00-{TRACE}-00000000000000aa-01"):
        assert tracing.current_trace_id() == TRACE
    with tracing.server_span("POST", None):
        made = tracing.current_traceparent()
        assert made == tracing.current_traceparent()
        assert tracing.trace_id_of(made) == tracing.current_trace_id()
        assert tracing.current_traceparent(sampled=True).endswith("-01")


@pytest.mark.parametrize(
    "broken", ["", "x", "00-zz-00-01", f"00-{TRACE}-0000000000000000-01", f"00-{'0' * 32}-00000000000000aa-01", "é" * 55]
)
def test_somebody_elses_broken_header_never_breaks_us(broken: str) -> None:
    assert tracing.context_of(broken) is None
    with tracing.server_span("GET", broken):
        assert tracing.current_trace_id()
