"""Hands OpenTelemetry spans on to Zipkin, which takes no OTLP. The services themselves know nothing of Zipkin."""

from __future__ import annotations

import argparse
import gzip
import json
import urllib.request
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

_KINDS: Final = {
    Span.SPAN_KIND_SERVER: "SERVER",
    Span.SPAN_KIND_CLIENT: "CLIENT",
    Span.SPAN_KIND_PRODUCER: "PRODUCER",
    Span.SPAN_KIND_CONSUMER: "CONSUMER",
}
_PEERS: Final = ("peer.service", "messaging.system", "db.system.name", "db.system")
"""What names the other side, best first: Zipkin draws its graph of dependencies from it."""
_KEPT: Final = {"service.instance.id", "service.version", "macs.role"}
"""What a resource says that helps to read one span."""
LARGEST: Final = 16 * 1024 * 1024


def text(value: AnyValue) -> str:
    """Zipkin's tags are text."""
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "array_value":
        return ", ".join(text(each) for each in value.array_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return str(getattr(value, kind))


def tags_of(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {attribute.key: text(attribute.value) for attribute in attributes}


def zipkin_span(span: Span, service: str, resource: dict[str, str]) -> dict[str, Any]:
    """One span in Zipkin's JSON. Links, which Zipkin does not know, become the tags link.0, link.1 …"""
    tags = tags_of(span.attributes)
    others = (*_PEERS, "server.address") if span.kind == Span.SPAN_KIND_CLIENT else _PEERS  # a server's address is its own
    peer = next((tags[name] for name in others if tags.get(name)), None)
    tags.update({f"link.{n}": f"{link.trace_id.hex()}/{link.span_id.hex()}" for n, link in enumerate(span.links)})
    if span.status.code == Status.STATUS_CODE_ERROR:
        tags.setdefault("error", span.status.message or "true")
    found: dict[str, Any] = {
        "traceId": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "name": span.name,
        "timestamp": span.start_time_unix_nano // 1000,
        "duration": max(1, (span.end_time_unix_nano - span.start_time_unix_nano) // 1000),
        "localEndpoint": {"serviceName": service},
        "tags": {**resource, **tags},
        "annotations": [{"timestamp": event.time_unix_nano // 1000, "value": event.name} for event in span.events],
    }
    if span.parent_span_id:
        found["parentId"] = span.parent_span_id.hex()
    if span.kind in _KINDS:
        found["kind"] = _KINDS[span.kind]
    if peer and span.kind in _KINDS:
        found["remoteEndpoint"] = {"serviceName": peer}
    return found


def zipkin_spans(request: ExportTraceServiceRequest) -> Iterator[dict[str, Any]]:
    for batch in request.resource_spans:
        resource = tags_of(batch.resource.attributes)
        service = resource.get("service.name", "unknown")
        kept = {name: value for name, value in resource.items() if name in _KEPT}
        for scope in batch.scope_spans:
            for span in scope.spans:
                yield zipkin_span(span, service, kept)


class Handler(BaseHTTPRequestHandler):
    """POST /v1/traces, as an OTLP exporter sends it; GET anything says that it is alive."""

    protocol_version = "HTTP/1.1"
    zipkin = ""

    def do_GET(self) -> None:
        self._answer(HTTPStatus.OK, b"")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        if size > LARGEST:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
            return
        body = self.rfile.read(size)
        if not self.path.endswith("/v1/traces"):  # metrics and logs have other ways
            self._answer(HTTPStatus.OK, b"")
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        spans = list(zipkin_spans(ExportTraceServiceRequest.FromString(body)))
        self._answer(
            HTTPStatus.OK if self._hand_on(spans) else HTTPStatus.SERVICE_UNAVAILABLE, ExportTraceServiceResponse().SerializeToString()
        )

    def _hand_on(self, spans: list[dict[str, Any]]) -> bool:
        request = urllib.request.Request(f"{self.zipkin}/api/v2/spans", json.dumps(spans).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status < 300)
        except OSError:
            return False  # the exporter tries again

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by the standard library)
        """Quiet: one line per batch of spans would be most of the log."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--zipkin", required=True)
    chosen = parser.parse_args()
    Handler.zipkin = chosen.zipkin
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
