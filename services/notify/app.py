"""How notify is put together. Making it does no I/O."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kit.service import Runtime, Service, utc_now
from kit.settings import Settings
from services.notify import pages, routes, schedule
from services.notify.consumers import readers
from services.notify.sending import mailbox_server
from services.notify.sending.hooks import Hooks
from services.notify.sending.sender import Sender


def create(settings: Settings) -> Service:
    wake, hooks_wake = asyncio.Event(), asyncio.Event()

    def woken() -> None:
        wake.set()
        hooks_wake.set()

    async def share_wake(runtime: Runtime) -> None:
        runtime.state["mail_wake"] = wake

    async def send_mails(runtime: Runtime) -> None:
        await Sender(runtime, wake).run()

    async def call_webhooks(runtime: Runtime) -> None:
        await Hooks(runtime, hooks_wake).run()

    return Service(
        name="notify",
        settings=settings,
        migrations=Path(__file__).parent / "migrations",
        routers=[routes.router, pages.router],
        readers=readers(utc_now, woken),
        worker_tasks=[
            send_mails,
            call_webhooks,
            mailbox_server.keep_listening,
            schedule.look_again_at_mandates,
            schedule.write_digests,
            schedule.count_what_waits,
        ],
        on_start=[share_wake, mailbox_server.start],
        on_stop=[mailbox_server.stop],
    )
