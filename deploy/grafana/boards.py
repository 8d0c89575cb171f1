"""Writes the dashboards as Grafana reads them."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from deploy.grafana.panels import Board, Panel

_SOURCE = DataSourceRef("prometheus", "prometheus")
"""The name that provisioning gives the data source."""


def text_of(board: Board) -> str:
    made = (
        dashboard.Dashboard(board.title)
        .uid(f"macs-{board.name}")
        .tags(["macs"])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("Europe/Paris")
        .readonly()
    )
    for title, panels in board.rows.items():
        made.with_row(dashboard.Row(title))
        for panel in panels:
            made.with_panel(_panel(panel))
    return JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(made.build()) + "\n"


def _panel(panel: Panel) -> timeseries.Panel:
    made = timeseries.Panel().title(panel.title).unit(panel.unit).min(0).span(panel.width).height(8).datasource(_SOURCE)
    for letter, (question, name) in zip("ABCD", panel.questions.items(), strict=False):
        made.with_target(prometheus.Dataquery().expr(question).legend_format(name).ref_id(letter))
    return made
