"""One JSON object a line, each with the trace it belongs to. Libraries that shout during an outage are limited."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

from kit.telemetry.tracing import current_trace_id

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SHOUTING: Final = {"aiokafka": 10, "opentelemetry": 5, "faststream": 10, "urllib3": 5}
"""Lines a logger family may write in ten seconds (aiokafka alone writes 66 a second while a broker is away)."""
_WINDOW_S: Final = 10.0


def start_logging(service: str, role: str, level: int = logging.INFO) -> None:
    """Send every logger of the process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(service, role))
    handler.addFilter(Limiter(_SHOUTING))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    for chatty in ("httpx", "aiokafka", "uvicorn.error", "faststream"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _JsonLines(logging.Formatter):
    def __init__(self, service: str, role: str) -> None:
        super().__init__()
        self._who = {"service": service, "role": role}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._who,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in _STANDARD})
        line.setdefault("trace_id", current_trace_id())
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class Limiter(logging.Filter):
    """Lets through the first lines of a window per family of loggers and then says how many it kept back."""

    def __init__(self, limits: dict[str, int]) -> None:
        super().__init__()
        self._limits = limits
        self._windows: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        family = record.name.partition(".")[0]
        limit = self._limits.get(family)
        if limit is None:
            return True
        now = time.monotonic()
        started, seen = self._windows.get(family, (now, 0))
        if now - started >= _WINDOW_S:
            if seen > limit:
                record.msg, record.args = f"{record.getMessage()} ({seen - limit} lines of {family} kept back)", ()
            started, seen = now, 0
        self._windows[family] = (started, seen + 1)
        return seen < limit
