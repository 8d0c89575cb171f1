"""One SMTP conversation, with a limit for each step and for the whole. What it raises says whether the other side may have the mail."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP

from services.notify.settings import MailServer

CONNECT_S: Final = 5.0
STEP_S: Final = 8.0
LIMIT_S: Final = 20.0
"""A server that hangs costs one conversation of this length and nothing else."""


class NotTaken(Exception):
    """The server does not have the mail; a later attempt may succeed."""


class RefusedForGood(Exception):
    """The server does not want the mail, now or later (5xx about the recipient or the content)."""


class Unknown(Exception):
    """The mail was on its way when the conversation broke: the server may have it."""


async def send(server: MailServer, recipient: str, raw: bytes) -> None:
    """Hand one mail over. Returns when the server has said that it takes responsibility."""
    smtp = SMTP(
        hostname=server.host,
        port=server.port,
        timeout=STEP_S,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        username=server.user,
        password=server.password,
    )
    on_its_way = False
    try:
        async with asyncio.timeout(LIMIT_S):
            await smtp.connect(timeout=CONNECT_S)
            await smtp.mail(server.sender)
            await smtp.rcpt(recipient)
            on_its_way = True
            await smtp.data(raw)
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _refusal(error.code, f"{error.code} {error.message}") from error
    except aiosmtplib.SMTPDataError as error:
        raise _refusal(error.code, f"{error.code} {error.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise NotTaken(f"{error.code} {error.message}") from error
    except ValueError as error:
        raise RefusedForGood(f"unusable address: {error}") from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        problem = Unknown if on_its_way else NotTaken
        raise problem(f"{type(error).__name__}: {error}") from error
    finally:
        await _leave(smtp)


def _refusal(code: int, said: str) -> Exception:
    return RefusedForGood(said) if code >= 500 else NotTaken(said)


async def _leave(smtp: SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        if smtp.is_connected:
            await smtp.quit(timeout=1.0)
    smtp.close()
