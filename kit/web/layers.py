"""ASGI layers around every route: the server span and its metrics, security headers, errors of the layers below."""

from __future__ import annotations

import time
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.trace import StatusCode
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.problems import Problem
from kit.telemetry import metrics, tracing
from kit.web import errors

_SILENT: Final = ("/health/", "/metrics", "/static/")
POLICY: Final = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Strict headers, unless a route has set its own (the embeddable page replaces `frame-ancestors`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own_policy = "content-security-policy" in headers
                for name, value in _HEADERS.items():
                    if not (name == "X-Frame-Options" and own_policy):
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class Heads:
    """HEAD is answered like GET, without the body (RFC 9110, 9.3.2): link checkers and caches ask so of any page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class ErrorsOutside:
    """Problems raised by the layers inside it, before a route is found, answered like those of a route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except (Problem, HTTPException) as error:
            request = Request(scope, receive)
            found = error if isinstance(error, Problem) else errors.of_http(error)
            await errors.answer(request, found)(scope, receive, send)


class Telemetry:
    """One server span a request with the route as its name, and request metrics; healthy scrapes stay silent."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_SILENT):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with tracing.server_span(scope["method"], _parent(scope)) as span:
            scope.setdefault("state", {})["trace_id"] = tracing.current_trace_id()
            try:
                await self._app(scope, receive, watching)
            finally:
                route = _route(scope)
                _describe(span, scope, route, status)
                metrics.HTTP_SECONDS.labels(scope["method"], route, str(status)).observe(time.perf_counter() - started)


def _parent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)


def _route(scope: Scope) -> str:
    """The route's pattern: names and numbers in a path must not become metric labels."""
    return getattr(scope.get("route"), "path", "(none)")


def _describe(span: trace.Span, scope: Scope, route: str, status: int) -> None:
    if not span.is_recording():
        return
    span.update_name(f"{scope['method']} {route}")
    attributes: dict[str, Any] = {
        "http.request.method": scope["method"],
        "http.route": route,
        "http.response.status_code": status,
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
    }
    span.set_attributes(attributes)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)
