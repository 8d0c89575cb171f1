"""What PostgreSQL is started with on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import postgres

_MB = 1 << 20


@pytest.mark.parametrize(
    ("held", "memory", "buffers"),
    [(0, 25_000, 96), (300, 25_000, 96), (4_000, 25_000, 1_000), (40_000, 8_000, 500)],
)
def test_buffers_grow_with_what_is_held_within_the_machine(held: int, memory: int, buffers: int) -> None:
    assert postgres.buffers_for(held * _MB, memory * _MB) == buffers * _MB


def test_a_server_is_started_with_buffers_for_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "binaries", lambda: tmp_path)
    monkeypatch.setattr(postgres, "_memory", lambda: 32_000 * _MB)
    server = postgres.Server(tmp_path / "data", "secret")
    assert "shared_buffers=96MB" in server.command()  # nothing there yet
    (server.folder / "base" / "5").mkdir(parents=True)
    with (server.folder / "base" / "5" / "16384").open("wb") as table:
        table.truncate(2_000 * _MB)
    assert "shared_buffers=500MB" in server.command()
