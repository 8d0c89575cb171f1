"""What ingest depends on from outside, beyond what every service does: the pseudonym key, a file of its own."""

from __future__ import annotations

from typing import Final

from kit.service import Runtime
from services.ingest.persons import Tokens, read_tokens

_TOKENS: Final = "tokens"


async def load_tokens(runtime: Runtime) -> None:
    """Read the key once at start. A process without it must not take lines in: persons would get other tokens."""
    runtime.state[_TOKENS] = read_tokens(runtime.settings.secrets)


def tokens(runtime: Runtime) -> Tokens:
    found: Tokens = runtime.state[_TOKENS]
    return found
