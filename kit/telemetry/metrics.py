"""The metrics of a process, by their names. Labels are few and bounded: routes are patterns, never paths."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

HTTP_SECONDS = Histogram("macs_http_request_seconds", "Time to answer a request", ["method", "route", "status"], buckets=_FAST)

RECORDS = Counter("macs_consumer_records", "Records by what became of them", ["reader", "topic", "outcome"])
"""outcome: applied, skipped (unknown type), dead, fenced (read again elsewhere)."""
BATCH_RECORDS = Histogram(
    "macs_consumer_batch_records",
    "Records in a transaction",
    ["reader", "topic"],
    buckets=(1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000),
)
BATCH_SECONDS = Histogram("macs_consumer_batch_seconds", "Time of a batch from first attempt to commit", ["reader", "topic"], buckets=_FAST)
RETRIES = Counter("macs_consumer_retries", "Batches tried again after a failure that may pass", ["reader", "topic", "error"])
LAG = Gauge("macs_consumer_lag_records", "Records not yet applied", ["reader", "topic"])
LAG_SECONDS = Gauge("macs_consumer_lag_seconds", "How long the oldest record not yet applied has waited at most", ["reader", "topic"])
DEAD_OPEN = Gauge("macs_dead_letters_open", "Dead letters that wait for a decision; counting ends at 10,000", ["reader", "topic"])
STOPPED = Gauge("macs_consumer_stopped", "1 while a reader stands at its dead-letter limit", ["reader", "topic"])
REBALANCES = Counter("macs_consumer_rebalances", "Assignments received", ["reader", "topic"])

OUTBOX_ROWS = Gauge("macs_outbox_rows", "Rows waiting to be published (estimate)")
OUTBOX_AGE = Gauge("macs_outbox_oldest_seconds", "Age of the oldest row waiting")
RELAYED = Counter("macs_relay_records", "Records published", ["topic"])
RELAY_FAILURES = Counter("macs_relay_failures", "Batches whose outcome is unknown and that are sent again", ["error"])

READY = Gauge("macs_process_ready", "1 while /health/ready answers 200, asked when the metrics are")

TASK_FAILURES = Counter("macs_task_failures", "Long tasks that ended with an error and were started again", ["task"])
