"""Traces, metrics and log lines: what a process tells about itself."""

from kit.telemetry.logs import start_logging
from kit.telemetry.tracing import current_trace_id, current_traceparent, span, start, stop, trace_id_of, tracer, with_flag

__all__ = [
    "current_trace_id",
    "current_traceparent",
    "span",
    "start",
    "start_logging",
    "stop",
    "trace_id_of",
    "tracer",
    "with_flag",
]
