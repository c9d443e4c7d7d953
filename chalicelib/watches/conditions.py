"""The conditions, by type: what each needs to know, and how it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.watches import absences, budgets, worsening
from chalicelib.watches.judgements import Judgement, Situation
from chalicelib.watches.samples import METRICS
from chalicelib.watches.series import Need, Series


def need_of(condition: Mapping[str, Any], present: datetime, memory: Mapping[str, Any]) -> Need:
    """What has to be measured to judge the condition now (not of `new_error`)."""
    kind = condition["type"]
    if kind == "budget":
        return budgets.need(condition, present)
    if kind == "silence":
        return absences.need_of_silence(condition, present)
    if kind == "stale":
        return absences.need_of_stale(condition, present)
    return worsening.need(condition, present, memory)


def judge(
    condition: Mapping[str, Any], series: Series, situation: Situation, version: str | None
) -> Judgement:
    """What the condition says; `version` is that which is watched, None for all."""
    kind = condition["type"]
    if kind in METRICS:
        return worsening.judge(condition, series, situation, version)
    if kind == "budget":
        return budgets.judge(condition, series, situation)
    if kind == "silence":
        return absences.judge_silence(condition, series, situation)
    return absences.judge_stale(condition, series, situation)
