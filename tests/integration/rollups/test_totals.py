"""Stored totals: written by whoever knows more, and marked when what they hold has changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from chalice.app import Chalice

from chalicelib.metrics.block import Block
from chalicelib.rollups.totals import Total, find_totals, note_recounted, save_total

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
BLOCK = Block(succeeded=3, first_run=MIDNIGHT - HOUR, last_run=MIDNIGHT - HOUR)


@pytest.fixture
def version(app: Chalice) -> ObjectId:
    return ObjectId()


def stored(version: ObjectId) -> Total:
    return find_totals([version])[version]


@pytest.mark.parametrize("block", [BLOCK, None])
def test_a_total_comes_back(block: Block | None, version: ObjectId) -> None:
    assert find_totals([version]) == {}
    save_total(version, Total(), Total(MIDNIGHT, block))
    assert stored(version) == Total(MIDNIGHT, block)


def test_a_total_made_from_an_older_one_is_dropped(version: ObjectId) -> None:
    """Two processes advance it at once, and one of them was held up."""
    save_total(version, Total(), Total(MIDNIGHT, BLOCK))
    newer = Total(MIDNIGHT + 6 * HOUR, BLOCK)
    save_total(version, Total(MIDNIGHT), newer)
    save_total(version, Total(), Total(MIDNIGHT))
    save_total(version, Total(MIDNIGHT), Total(MIDNIGHT + HOUR))
    assert stored(version) == newer


def test_a_total_that_became_late_meanwhile_stays_late(version: ObjectId) -> None:
    save_total(version, Total(), Total(MIDNIGHT, BLOCK))
    note_recounted(version, MIDNIGHT - HOUR)
    save_total(version, Total(MIDNIGHT), Total(MIDNIGHT + HOUR, BLOCK))
    found = stored(version)
    assert (found.until, found.late, found.settled) == (MIDNIGHT, 1, 0)


def test_only_hours_that_a_total_holds_make_it_late(version: ObjectId) -> None:
    save_total(version, Total(), Total(MIDNIGHT, BLOCK))
    note_recounted(version, MIDNIGHT)
    note_recounted(ObjectId(), MIDNIGHT - HOUR)
    assert stored(version).late == 0
    note_recounted(version, MIDNIGHT - HOUR)
    note_recounted(version, MIDNIGHT - 5 * HOUR)
    assert stored(version).late == 2
