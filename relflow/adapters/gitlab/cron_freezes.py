"""GitLab's freeze periods as spans of time: each returns by two cron lines, one for its begin and one for its end.

As in GitLab a period is in force where the last begin is later than the last end.
Source: GitLab `Ci::FreezePeriodStatus`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relflow.core.freeze import RemoteFreeze
from relflow.core.windows import zone

AHEAD = timedelta(days=31)
#: How many begins of one period are followed from one time on.
MOST = 50


class CronError(ValueError):
    """The period cannot be understood; the text says which part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One freeze period as GitLab keeps it."""

    id: int
    begin: str
    end: str
    zone_name: str

    def occurrences(self, moments: tuple[datetime, ...]) -> Iterator[RemoteFreeze]:
        """Those that cover one of the times, or begin within a month after it. Raises CronError."""
        for begins_at, ends_at in sorted({span for at in moments for span in self._spans(at)}):
            lines = f"from {self.begin} to {self.end}, {self.zone_name}"
            yield RemoteFreeze(id=self.id, begins_at=begins_at, ends_at=ends_at, lines=lines)

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        # The last instant of the past counts: a begin of this very moment has begun.
        begun = self._next(self.begin, at + timedelta(microseconds=1), back=True)
        ended = self._next(self.end, at + timedelta(microseconds=1), back=True)
        if begun is not None and (ended is None or ended < begun):
            yield begun, self._end_after(at)
        begins_at = self._next(self.begin, at)
        for _ in range(MOST):
            if begins_at is None or begins_at > at + AHEAD:
                return
            yield begins_at, self._end_after(begins_at)
            begins_at = self._next(self.begin, begins_at)

    def _end_after(self, at: datetime) -> datetime:
        end = self._next(self.end, at)
        if end is None:
            raise CronError(f"its end, {self.end}, never comes")
        return end

    def _next(self, line: str, at: datetime, *, back: bool = False) -> datetime | None:
        from cronsim import CronSim, CronSimError  # only who has freeze periods waits for it

        if (where := zone(self.zone_name)) is None:
            raise CronError(f"its time zone {self.zone_name} is none that this machine knows")
        try:
            found = next(CronSim(line, at.astimezone(where), reverse=back), None)
        except (CronSimError, OverflowError) as exc:
            raise CronError(f"{line} is no cron line that relflow reads") from exc
        return found.astimezone(UTC) if found else None
