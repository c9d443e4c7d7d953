"""Two versions side by side: their blocks, what changed from one to the other, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import round_significant
from chalicelib.metrics.measures import PERCENTILES
from chalicelib.metrics.verdicts import judge


def compare_blocks(base: Block, candidate: Block, *, ignore_stale: bool = False) -> dict[str, Any]:
    """`base` and `candidate` (metrics blocks), their `differences`, and `verdicts` by metric.

    The verdicts are keyed `success_rate`, `duration_ms`, `cost`, `tokens` and `score`; see
    verdicts.Verdict. `stale` says how many runs were stale, and whether they count as failed.
    """
    verdicts = judge(base, candidate, ignore_stale=ignore_stale)
    blocks = base.to_json(), candidate.to_json()
    return {
        "base": blocks[0],
        "candidate": blocks[1],
        "differences": find_differences(*blocks),
        "stale": count_stale(base, candidate, ignore_stale=ignore_stale),
        "verdicts": {verdict.metric: verdict.to_json() for verdict in verdicts},
    }


def count_stale(base: Block, candidate: Block, *, ignore_stale: bool) -> dict[str, Any]:
    """How many runs of each side never came back, and what they are taken for."""
    taken_for = "ignored" if ignore_stale else "failed"
    return {"base": base.stale, "candidate": candidate.stale, "counted_as": taken_for}


def find_differences(base: Mapping[str, Any], candidate: Mapping[str, Any]) -> dict[str, Any]:
    """What changed from one metrics block (as JSON) to another.

    Each number has its `absolute` change (candidate - base) and its `relative` one (to the base,
    0.1 for 10 % more); null where a side knows nothing, `relative` also where the base is 0.
    """
    return {
        "success_rate": _change(base["success_rate"], candidate["success_rate"]),
        "duration_ms": {
            name: _change(base["duration_ms"][name], candidate["duration_ms"][name])
            for name in ("mean", *PERCENTILES)
        },
        "cost": {"mean": _change(base["cost"]["mean"], candidate["cost"]["mean"])},
        "tokens": {"mean": _change(_tokens_a_run(base), _tokens_a_run(candidate))},
        "score": {"mean": _change(base["score"]["mean"], candidate["score"]["mean"])},
    }


def _tokens_a_run(block: Mapping[str, Any]) -> float | None:
    tokens = block["tokens"]
    used = (tokens["input"] or 0) + (tokens["output"] or 0)
    return used / tokens["known"] if tokens["known"] else None


def _change(base: float | None, candidate: float | None) -> dict[str, float | None]:
    if base is None or candidate is None:
        return {"absolute": None, "relative": None}
    return {
        "absolute": round_significant(candidate - base),
        "relative": round_significant((candidate - base) / base) if base else None,
    }
