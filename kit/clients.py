"""aiokafka's clients, so that a start cut short and a stop that meets a start leave no connection behind.

The library keeps the first connection of a client in a local variable until it has the cluster's metadata: who cancels the start in between
loses it open, and who stops a client that is still starting gets connections made after the stop (aiokafka 0.14, `AIOKafkaClient.bootstrap`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_FIRST_STEP_S: Final = 2.0


class _Tidy:
    """Before one of the library's two clients in the order of classes; `_inner` is the connection holder that both have."""

    _starting: asyncio.Task[None] | None = None

    def _inner(self) -> Any:
        raise NotImplementedError

    async def start(self) -> None:
        inner = self._inner()
        inner.bootstrap = _unbroken(inner.bootstrap)
        self._starting = asyncio.ensure_future(super().start())  # type: ignore[misc]  # the library's
        try:
            await self._starting
        finally:
            self._starting = None

    async def stop(self) -> None:
        starting = self._starting
        try:
            if starting is not None:
                starting.cancel()
                await asyncio.wait([starting])
            await super().stop()  # type: ignore[misc]  # the library's
        finally:
            await self._inner().close()  # its own stop forgets them when leaving the group fails


class Consumer(_Tidy, AIOKafkaConsumer):  # type: ignore[misc]  # the library has no types
    """An AIOKafkaConsumer."""

    def _inner(self) -> Any:
        return self._client

    def may_not_read(self, topic: str) -> bool:
        """Whether Kafka has refused the topic to this user since the last look at it (METADATA_MAX_AGE_MS)."""
        return topic in self._client.cluster.unauthorized_topics


class ProducerClient(_Tidy, AIOKafkaProducer):  # type: ignore[misc]  # the library has no types
    """An AIOKafkaProducer."""

    def _inner(self) -> Any:
        return self.client


def _unbroken(first: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The step ends by itself within two seconds even when its caller is cancelled."""

    async def bootstrap() -> None:
        step = asyncio.ensure_future(first())
        try:
            await asyncio.shield(step)
        except asyncio.CancelledError:
            await asyncio.wait([step], timeout=_FIRST_STEP_S)
            step.cancel()
            await asyncio.gather(step, return_exceptions=True)
            raise

    return bootstrap
