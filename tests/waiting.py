"""Waiting with a deadline, never sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")
NOT_YET = (AssertionError, LookupError, OSError, ValueError)
"""What a question may raise while its answer is on the way."""


async def eventually(question: Callable[[], Answer | Awaitable[Answer]], seconds: float = 10.0, pace_s: float = 0.02) -> Answer:
    """The first answer that is true. The question may be a coroutine function; its assertions are tried again until the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer, doubt = None, None
        try:
            found = question()
            answer = await found if inspect.isawaitable(found) else found
        except NOT_YET as error:
            doubt = error
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {doubt or answer!r}") from doubt
        await asyncio.sleep(pace_s)


def finally_(question: Callable[[], Answer], seconds: float = 10.0, pace_s: float = 0.05) -> Answer:
    """The same for a test that is no coroutine."""
    deadline = time.monotonic() + seconds
    while True:
        answer, doubt = None, None
        try:
            answer = question()
        except NOT_YET as error:
            doubt = error
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {doubt or answer!r}") from doubt
        time.sleep(pace_s)
