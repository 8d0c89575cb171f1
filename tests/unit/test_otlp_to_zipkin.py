"""OpenTelemetry spans as Zipkin shows them."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from deploy.local.otlp_to_zipkin import zipkin_spans

TRACE, SPAN, PARENT = bytes(range(16)), bytes(range(8)), bytes(range(8, 16))


def attribute(key: str, text: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=text))


def shown(span: Span) -> dict[str, object]:
    request = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(resource=Resource(attributes=[attribute("service.name", "ingest")]), scope_spans=[ScopeSpans(spans=[span])])
        ]
    )
    (found,) = zipkin_spans(request)
    return found


def test_ids_times_and_service_are_kept() -> None:
    found = shown(
        Span(trace_id=TRACE, span_id=SPAN, parent_span_id=PARENT, name="relay", start_time_unix_nano=5_000, end_time_unix_nano=9_000)
    )
    assert (found["traceId"], found["id"], found["parentId"]) == (TRACE.hex(), SPAN.hex(), PARENT.hex())
    assert (found["timestamp"], found["duration"], found["localEndpoint"]) == (5, 4, {"serviceName": "ingest"})


def test_links_become_tags() -> None:
    found = shown(Span(trace_id=TRACE, span_id=SPAN, links=[Span.Link(trace_id=TRACE, span_id=PARENT)]))
    assert found["tags"] == {"link.0": f"{TRACE.hex()}/{PARENT.hex()}"}


def test_the_broker_is_the_peer_of_a_consumer_and_a_server_is_not_its_own() -> None:
    consumer = shown(Span(trace_id=TRACE, span_id=SPAN, kind=Span.SPAN_KIND_CONSUMER, attributes=[attribute("messaging.system", "kafka")]))
    server = shown(Span(trace_id=TRACE, span_id=SPAN, kind=Span.SPAN_KIND_SERVER, attributes=[attribute("server.address", "127.0.0.1")]))
    assert consumer["remoteEndpoint"] == {"serviceName": "kafka"}
    assert "remoteEndpoint" not in server


def test_an_error_is_marked() -> None:
    found = shown(Span(trace_id=TRACE, span_id=SPAN, status=Status(code=Status.STATUS_CODE_ERROR, message="refused")))
    assert found["tags"] == {"error": "refused"}


def test_values_of_every_kind_become_text() -> None:
    values = [AnyValue(bool_value=True), AnyValue(int_value=3), AnyValue(double_value=0.5), AnyValue(bytes_value=b"\x01"), AnyValue()]
    found = shown(Span(trace_id=TRACE, span_id=SPAN, attributes=[KeyValue(key=str(n), value=value) for n, value in enumerate(values)]))
    assert found["tags"] == {"0": "true", "1": "3", "2": "0.5", "3": "01", "4": ""}
