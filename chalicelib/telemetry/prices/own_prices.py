"""Prices of one's own: negotiated, or of models that no public list has.

They come from a file that the setting PRICES_FILE names, and from the database, where
`PATCH /api/v1/prices` keeps them; the database wins over the file, and both over the public list.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.config import ConfigurationError, settings
from chalicelib.database import Recent, collection, committed
from chalicelib.database.names import PRICES
from chalicelib.errors import DatabaseUnavailable
from chalicelib.telemetry.prices.price_list import Rates, public_list
from chalicelib.telemetry.prices.pricing import Pricing
from chalicelib.values.instants import now

RATES = ("input", "output", "cache_read_input", "cache_creation_input", "reasoning_output")
MAX_OWN_PRICES = 1000
MAX_RATE = 1_000_000.0
_ID = "own"
_MAX_ROUNDS = 10
# For so long a change of prices may go unnoticed by other processes.
_own: Recent[str, dict[str, Rates]] = Recent(seconds=30)


def find_pricing() -> Pricing:
    """What runs cost by the prices in force now."""
    return Pricing(_from_file() | own_prices(), public_list())


def still_unpriced(models: Mapping[str, int]) -> dict[str, int]:
    """Those of these models, which had no price when they were seen, that have none since."""
    pricing = find_pricing()
    return {model: count for model, count in models.items() if not pricing.has_own(model)}


def own_prices() -> dict[str, Rates]:
    """The prices kept in the database, by the model's name in lower case."""
    found = _own.get_or(_ID, _load)
    return found or {}


def set_own_prices(changes: Mapping[str, Rates | None]) -> dict[str, Rates]:
    """Change the prices kept: a model's new rates, or None to forget it. Answers all of them.

    Raises ValueError when there would be too many.
    """
    prices = collection(PRICES)
    for _ in range(_MAX_ROUNDS):
        stored = committed(PRICES).find_one({"_id": _ID})
        if stored is None:
            prices.update_one(
                {"_id": _ID}, {"$setOnInsert": {"models": [], "revision": 0}}, upsert=True
            )
            continue
        models: dict[str, Rates] = {e["model"]: e["rates"] for e in stored["models"]}
        for model, rates in changes.items():
            models.pop(model.lower(), None)
            if rates is not None:
                models[model.lower()] = rates
        if len(models) > MAX_OWN_PRICES:
            raise ValueError(f"at most {MAX_OWN_PRICES} models can have prices of your own")
        entries = [{"model": model, "rates": models[model]} for model in sorted(models)]
        change = {"models": entries, "revision": stored["revision"] + 1, "updated_at": now()}
        done = prices.update_one({"_id": _ID, "revision": stored["revision"]}, {"$set": change})
        if done.matched_count:
            return _own.put(_ID, models)
    raise DatabaseUnavailable("others keep changing the prices just now; retry")


def _load() -> dict[str, Rates]:
    stored = committed(PRICES).find_one({"_id": _ID})
    return {entry["model"]: entry["rates"] for entry in stored["models"]} if stored else {}


def read_price_file(path: str) -> dict[str, Rates]:
    """The prices in a file: `{"models": {"my-model": {"input": 1.5, "output": 6}}}`.

    Raises ValueError saying what is wrong with it.
    """
    try:
        models: Any = json.loads(Path(path).read_text())["models"]
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ValueError('is not JSON with an object "models"') from None
    if not isinstance(models, dict):
        raise ValueError('is not JSON with an object "models"')
    for model, rates in models.items():
        if not isinstance(rates, dict) or not rates or not all(map(_is_rate, rates.items())):
            raise ValueError(
                f"'{model[:100]}' needs dollars for a million tokens, of {', '.join(RATES)}"
            )
    return {model.lower(): rates for model, rates in models.items()}


def _is_rate(pair: tuple[str, Any]) -> bool:
    name, rate = pair
    is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
    return name in RATES and is_number and math.isfinite(rate) and 0 <= rate <= MAX_RATE


@cache
def _read_once(path: str) -> dict[str, Rates]:
    try:
        return read_price_file(path)
    except ValueError as error:
        raise ConfigurationError(f"PRICES_FILE: '{path}' {error}") from None


def _from_file() -> dict[str, Rates]:
    path = settings().prices_file
    return {} if path is None else _read_once(path)
