"""The FastAPI application of a service: its routers inside the layers that all services share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles

from kit.health import Health
from kit.service import Service
from kit.telemetry import metrics as instruments
from kit.web import errors, render
from kit.web.layers import ErrorsOutside, Heads, SecurityHeaders, Telemetry
from kit.web.limits import BodyGuard

STATIC: Final = Path(__file__).parent / "static"
_operations = APIRouter(include_in_schema=False)


def build(service: Service) -> FastAPI:
    """All routes and layers of the service, without I/O."""
    app = FastAPI(
        title=f"MACS · {service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # the layer below makes one span a request
        middleware=[
            Middleware(Telemetry, service=service.name),
            Middleware(Heads),
            Middleware(SecurityHeaders),
            Middleware(ErrorsOutside),
            Middleware(BodyGuard, limits=service.body_limits, as_sent=service.bodies_as_sent),
        ],
    )
    app.state.service = service
    app.state.settings = service.settings
    app.state.health = Health()
    app.state.health.ready_when("start", lambda: "still starting")
    app.state.pages = render.environment(service)
    errors.install(app)
    app.router.routes.extend(_included(_operations, *service.routers))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


_KNOWN: Final[dict[tuple[int, ...], APIRouter]] = {}


def _included(*routers: APIRouter) -> list[BaseRoute]:
    """Their routes, worked out once a process. FastAPI works them out for each application, at its first request: 0.1 to 0.4 s of processor,
    which the tests would pay a thousand times."""
    name = tuple(map(id, routers))  # of modules, which live as long as the process
    if name not in _KNOWN:
        whole = _KNOWN[name] = APIRouter()
        for router in routers:
            whole.include_router(router)
    return _KNOWN[name].routes


@_operations.get("/health/live")
async def live(request: Request) -> Response:
    found = request.app.state.health.liveness()
    return JSONResponse(found, 200 if found["live"] else 503)


@_operations.get("/health/ready")
async def ready(request: Request) -> Response:
    found = request.app.state.health.readiness()
    return JSONResponse(found, 200 if found["ready"] else 503)


@_operations.get("/metrics")
async def metrics(request: Request) -> Response:
    instruments.READY.set(request.app.state.health.readiness()["ready"])
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
