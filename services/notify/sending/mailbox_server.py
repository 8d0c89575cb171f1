"""The mail server of a local run: on loopback, inside notify, into a table. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from kit.postgres import TRANSIENT, jittered
from kit.service import Runtime
from services.notify.settings import MailServer, is_embedded, mail_server
from services.notify.store import mailbox

log = logging.getLogger(__name__)

MAX_BYTES: Final = 10_000_000
_STATE: Final = "mailbox_server"


class _Keeper:
    """aiosmtpd's handler: a mail is taken once it is in the table."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        try:
            async with self._runtime.pool.acquire() as connection, connection.transaction():
                for recipient in envelope.rcpt_tos:
                    await mailbox.keep(connection, envelope.mail_from or "", recipient, raw, self._runtime.clock())
        except TRANSIENT as error:
            log.warning("mailbox not written", extra={"error": f"{type(error).__name__}: {error}"})
            return "451 4.3.0 Storage is away, try again"
        return "250 2.0.0 Kept in the local mailbox"


async def start(runtime: Runtime) -> None:
    """Listen before the first mail is sent. When another process of notify has the port, its server is ours too."""
    if not is_embedded(runtime.settings) or runtime.settings.role == "web":
        return
    with contextlib.suppress(OSError):
        runtime.state[_STATE] = await _listen(runtime, mail_server(runtime.settings))


async def keep_listening(runtime: Runtime) -> None:
    """Take over the port when the process that had it is gone."""
    if not is_embedded(runtime.settings):
        return
    while _STATE not in runtime.state:
        try:
            runtime.state[_STATE] = await _listen(runtime, mail_server(runtime.settings))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            await asyncio.sleep(jittered(2.0))


async def stop(runtime: Runtime) -> None:
    server: asyncio.Server | None = runtime.state.pop(_STATE, None)
    if server is not None:
        server.close()


async def _listen(runtime: Runtime, address: MailServer | None) -> asyncio.Server:
    if address is None:
        raise ValueError("no address for the local mailbox")
    loop = asyncio.get_running_loop()
    keeper = _Keeper(runtime)

    def conversation() -> Any:
        return SMTP(keeper, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, hostname="boite-locale.test", loop=loop, timeout=30)

    return await loop.create_server(conversation, address.host, address.port)
