"""The two dashboards as data: titles, questions, units. A question asks for nothing that the services do not say (tests/contracts)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Panel:
    """`questions`: PromQL → how its curves are named. `unit` as Grafana writes it: s, short, reqps, percentunit. `width` of 24."""

    title: str
    unit: str
    questions: dict[str, str]
    width: int = 8


@dataclass(frozen=True)
class Board:
    name: str
    title: str
    rows: dict[str, tuple[Panel, ...]]


def _quantiles(metric: str, by: str = "", window: str = "5m") -> dict[str, str]:
    labels = f"le, {by}" if by else "le"
    curve = f" {{{{{by}}}}}" if by else ""
    return {
        f"histogram_quantile({quantile}, sum by ({labels}) (rate({metric}_bucket[{window}])))": f"{name}{curve}"
        for quantile, name in ((0.5, "médiane"), (0.99, "99 sur 100"))
    }


FILINGS: Final = Board(
    "declarations",
    "Déclarations : de la réception au courriel",
    {
        "Aujourd’hui": (
            Panel("De la réception au compte", "s", _quantiles("macs_ingest_counted_seconds", window="10m")),
            Panel("Déclarations comptées par minute", "short", {"60 * sum(rate(macs_ingest_counted_seconds_count[5m]))": "comptées"}),
            Panel(
                "Ce qui attend",
                "s",
                {
                    "max(macs_ingest_oldest_uncounted_seconds)": "déclaration pas comptée",
                    "max(macs_notify_oldest_open_mail_seconds)": "courriel pas parti",
                },
            ),
        ),
        "Recevoir": (
            Panel("Demandes par seconde", "reqps", {"sum by (service) (rate(macs_http_request_seconds_count[5m]))": "{{service}}"}),
            Panel("Temps de réponse", "s", _quantiles("macs_http_request_seconds", "service")),
            Panel(
                "Erreurs",
                "reqps",
                {'sum by (service, status) (rate(macs_http_request_seconds_count{status=~"5.."}[5m]))': "{{service}} {{status}}"},
            ),
        ),
        "Annoncer et compter": (
            Panel("Plus ancienne annonce", "s", {"max by (service) (macs_outbox_oldest_seconds)": "{{service}}"}),
            Panel(
                "Lignes par seconde",
                "short",
                {'sum by (reader, topic) (rate(macs_consumer_records_total{outcome="applied"}[5m]))': "{{reader}} {{topic}}"},
            ),
            Panel("Retard", "s", {"max by (reader, topic) (macs_consumer_lag_seconds)": "{{reader}} {{topic}}"}),
        ),
        "Prévenir": (
            Panel("Courriels par minute", "short", {"60 * sum by (outcome) (rate(macs_notify_mails_total[5m]))": "{{outcome}}"}),
            Panel("Courriels ouverts", "short", {"sum by (state) (macs_notify_mails_open)": "{{state}}"}),
            Panel(
                "Webhooks et copies par minute",
                "short",
                {
                    "60 * sum by (outcome) (rate(macs_notify_webhook_calls_total[5m]))": "webhook {{outcome}}",
                    "60 * sum(rate(macs_notify_mail_copies_total[5m]))": "copie",
                },
            ),
        ),
        "Calculer": (
            Panel("Calculs", "s", _quantiles("macs_events_solver_seconds", "question", "1h"), 12),
            Panel(
                "Calculs par issue",
                "short",
                {"sum by (question, outcome) (increase(macs_events_solver_seconds_count[1h]))": "{{question}} {{outcome}}"},
                12,
            ),
        ),
    },
)

SERVERS: Final = Board(
    "serveurs",
    "Kafka et PostgreSQL",
    {
        "Processus": (
            Panel("Prêts", "short", {"min by (service, role) (macs_process_ready)": "{{service}} {{role}}"}),
            Panel("Joints", "short", {'min by (service, role) (up{job="macs"})': "{{service}} {{role}}"}),
            Panel(
                "Tâches recommencées", "short", {"sum by (service, task) (increase(macs_task_failures_total[15m]))": "{{service}} {{task}}"}
            ),
        ),
        "Kafka, lu": (
            Panel("Messages à lire", "short", {"sum by (reader, topic) (macs_consumer_lag_records)": "{{reader}} {{topic}}"}),
            Panel(
                "Lecteurs arrêtés, messages mis de côté",
                "short",
                {
                    "max by (reader, topic) (macs_consumer_stopped)": "arrêté {{reader}} {{topic}}",
                    "max by (reader, topic) (macs_dead_letters_open)": "de côté {{reader}} {{topic}}",
                },
            ),
            Panel(
                "Répartitions", "short", {"sum by (reader, topic) (increase(macs_consumer_rebalances_total[15m]))": "{{reader}} {{topic}}"}
            ),
        ),
        "Kafka, écrit": (
            Panel("Annonces publiées par seconde", "short", {"sum by (topic) (rate(macs_relay_records_total[5m]))": "{{topic}}"}),
            Panel("Annonces qui attendent", "short", {"max by (service) (macs_outbox_rows)": "{{service}}"}),
            Panel(
                "Envois recommencés",
                "short",
                {"sum by (service, error) (increase(macs_relay_failures_total[15m]))": "{{service}} {{error}}"},
            ),
        ),
        "PostgreSQL": (
            Panel("Temps d’un lot", "s", _quantiles("macs_consumer_batch_seconds", "reader")),
            Panel(
                "Messages par lot",
                "short",
                {
                    "sum by (reader) (rate(macs_consumer_batch_records_sum[5m])) / sum by (reader) (rate(macs_consumer_batch_records_count[5m]))": "{{reader}}"
                },
            ),
            Panel(
                "Lots recommencés", "short", {"sum by (reader, error) (increase(macs_consumer_retries_total[15m]))": "{{reader}} {{error}}"}
            ),
        ),
    },
)

ALL: Final = (FILINGS, SERVERS)
