"""What a route may ask for: the running process and the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from kit.identity import Caller
from kit.problems import Problem

if TYPE_CHECKING:
    from kit.service import Runtime


def runtime_of(request: Request) -> Runtime:
    """The running process. Raises a 503 problem while it is still starting."""
    runtime: Runtime | None = getattr(request.app.state, "runtime", None)
    if runtime is None:
        raise Problem(503, "STARTING", "Le service démarre", "Réessayez dans quelques secondes.", headers={"Retry-After": "2"})
    return runtime


async def caller_of(request: Request) -> Caller:
    """The caller: anonymous without credentials, a 401 problem with bad ones. Kept on the request for the page's navigation."""
    caller = await runtime_of(request).identity.caller(request)
    request.state.caller = caller
    return caller


async def _runtime(request: Request) -> Runtime:  # async: FastAPI sends a plain function to a thread
    return runtime_of(request)


if TYPE_CHECKING:
    RuntimeDep = Annotated[Runtime, Depends(_runtime)]
else:  # FastAPI reads annotations at run time and must not import the service module from here
    RuntimeDep = Annotated[object, Depends(_runtime)]
CallerDep = Annotated[Caller, Depends(caller_of)]
