"""The alert rules speak of figures that are there."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from core.domain.webhooks.delivery import DeliveryState, Fault
from entrypoints.metrics import Metrics
from ports.channels import ChannelsWaiting
from ports.jobs import Bell
from ports.store import PastDue, Waiting
from tests.house.test_docs import ROOT

RULES = ROOT / "docs" / "prometheus" / "alerts.yml"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def told() -> dict[str, list[dict[str, str]]]:
    """Every figure, by name, with the labels it comes with."""
    metrics = Metrics()
    metrics.deliveries.waiting(Waiting({"first": 0.0, "retry": 0.0}, {}, {}))
    metrics.channels.waiting(
        ChannelsWaiting(0.0, dict.fromkeys(("active", "failing", "paused"), 0), None, 0)
    )
    metrics.work.waiting({Bell.BOOKINGS: PastDue(0.0, 0)})
    metrics.deliveries.attempted(Fault.NONE, lag_s=0.1, elapsed_s=0.1)
    metrics.deliveries.settled(DeliveryState.SUCCEEDED)
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


@pytest.mark.parametrize("rule", rules(), ids=lambda r: str(r["alert"]))
def test_a_rule_asks_for_figures_and_labels_that_exist(rule: dict[str, Any]) -> None:
    asked = re.findall(r"(serai_\w+)(?:\{(\w+)=\"(\w+)\"\})?", rule["expr"])
    assert asked
    figures = told()
    for name, label, value in asked:
        assert name in figures, name
        if label:
            assert value in {labels.get(label) for labels in figures[name]}, (name, label, value)


def test_every_rule_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["remedy"].endswith(".")
    assert len({r["alert"] for r in rules()}) == len(rules())
