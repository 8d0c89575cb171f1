"""What the caller of `up` asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """`port` of the gateway, None for the usual one. `lives_with`: a process; when it is gone, the run stops by itself."""

    port: int | None = None
    traces: bool = True
    fictional: bool = False
    secure: bool = False
    lives_with: int | None = None
