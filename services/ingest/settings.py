"""What ingest depends on from outside, beyond what every service does: the keys of pseudonyms and of files that wait, each a file of its own."""

from __future__ import annotations

from typing import Final

from kit.service import Runtime
from services.ingest.persons import Tokens, read_tokens
from services.ingest.store.spool import Spool

_TOKENS: Final = "tokens"
_SPOOL: Final = "spool"


async def load_tokens(runtime: Runtime) -> None:
    """Read the key once at start. A process without it must not take lines in: persons would get other tokens."""
    runtime.state[_TOKENS] = read_tokens(runtime.settings.secrets)


def tokens(runtime: Runtime) -> Tokens:
    found: Tokens = runtime.state[_TOKENS]
    return found


async def load_spool(runtime: Runtime) -> None:
    """Read the key of the files that wait, once at start."""
    runtime.state[_SPOOL] = Spool.read(runtime.settings.secrets)


def spool(runtime: Runtime) -> Spool:
    found: Spool = runtime.state[_SPOOL]
    return found
