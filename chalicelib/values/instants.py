"""Points in time on the wire: RFC 3339 with an offset, kept as UTC to the millisecond.

MongoDB's dates hold milliseconds, so finer fractions are cut off on the way in.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No run was created earlier, and none is created later than FUTURE after now: a date outside is a
# mistake, and would stretch every open range for good.
EARLIEST_RUN = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
# Where a range ends that leaves nothing out: the last instant that can be asked for.
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_MS = timedelta(milliseconds=1)
# Every third character of 2026-01-31T12:00:00Z, which nearly all clients send: a quick look
# that spares them the slow one.
_USUAL_FORM = "--T::Z"
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YEARS = "the year must be 1970 to 9999"


class OutsideWindowError(ValueError):
    """No run can have been created at that time."""

    code = "invalid_created"


def parse_created(text: str) -> datetime:
    """When a run was created, from EARLIEST_RUN to FUTURE after now.

    Raises ValueError with a text for the client.
    """
    instant = parse_instant(text)
    # Not `now()`: cutting the present to milliseconds would cost more than all else here.
    if instant < EARLIEST_RUN or instant > datetime.now(UTC) + FUTURE:
        raise OutsideWindowError(
            f"must be from {format_instant(EARLIEST_RUN)} to one day after the server's clock,"
            f" which shows {format_instant(now())}"
        )
    return instant


def parse_moment(text: str) -> datetime | date:
    """An instant, or a plain date, which is midnight in a zone that has still to be known."""
    if not _DATE.fullmatch(text):
        return parse_instant(text)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"not a date that exists: {error}") from None
    if day.year < EPOCH.year:
        raise ValueError(_YEARS)
    return day


def parse_instant(text: str) -> datetime:
    """The UTC datetime of an RFC 3339 text, from 1970 to 9999, cut to milliseconds.

    Raises ValueError with a text for the client.
    """
    if text[4::3] == _USUAL_FORM:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            pass  # explained below
        else:
            if instant >= EPOCH:
                return instant
    if not _RFC3339.fullmatch(text):
        raise ValueError(
            "not an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z"
            " or 2026-01-31T13:00:00+01:00"
        )
    try:
        instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not a time that exists: {error}") from None
    if instant < EPOCH:
        raise ValueError(_YEARS)
    microsecond = instant.microsecond
    return instant.replace(microsecond=microsecond - microsecond % 1000) if microsecond else instant


def now() -> datetime:
    """The present as it can be stored."""
    return to_storable(datetime.now(UTC))


def to_storable(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond - instant.microsecond % 1000)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return (instant - EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The inverse of `to_ms`. Raises OverflowError outside of what a datetime holds."""
    return EPOCH + timedelta(milliseconds=ms)


def hour_of(instant: datetime) -> datetime:
    """The beginning of the UTC hour that holds the instant."""
    return instant.replace(minute=0, second=0, microsecond=0)


def day_of(instant: datetime) -> datetime:
    """The beginning of the UTC day that holds the instant."""
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with `Z`; milliseconds only where there are any."""
    text = instant.isoformat(timespec="milliseconds" if instant.microsecond else "seconds")
    return text[:-6] + "Z"
