"""How a conformance suite runs and what it tells; shared by the suites of this folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Check = Callable[[T], None]
"""A demand, said in its docstring: raises `NotConforming` where it is not met."""


class NotConforming(AssertionError):  # noqa: N818 - reads as the verdict it is
    """A demand is not met; the message says how."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that was not passed: its name, what it demands, and what happened."""

    name: str
    demand: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}\n    demanded: {self.demand}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a suite."""

    passed: tuple[str, ...]
    failed: tuple[Failure, ...]

    def raise_for_failures(self) -> None:
        """Raise `NotConforming` listing every failure, if there is one."""
        if self.failed:
            lines = "\n".join(str(failure) for failure in self.failed)
            raise NotConforming(f"{len(self.failed)} checks failed\n{lines}")


def demand(condition: object, reason: str) -> None:
    """Raise `NotConforming` with `reason` unless `condition` is true; works under `python -O`."""
    if not condition:
        raise NotConforming(reason)


def run_checks(checks: Sequence[Check[T]], subject: T) -> Report:
    """Run every check on `subject`, whatever the others find."""
    passed: list[str] = []
    failed: list[Failure] = []
    for check in checks:
        try:
            check(subject)
        except Exception as error:  # noqa: BLE001 - whatever happens in a check is its finding
            failed.append(Failure(name_of(check), demand_of(check), _reason(error)))
        else:
            passed.append(name_of(check))
    return Report(tuple(passed), tuple(failed))


def as_tests(checks: Sequence[Check[T]], subject: T) -> list[Callable[[], None]]:
    """Return the checks as tests without arguments, named like them, for `parametrize`."""

    def test(check: Check[T]) -> Callable[[], None]:
        def run() -> None:
            check(subject)

        run.__name__ = name_of(check)
        run.__doc__ = check.__doc__
        return run

    return [test(check) for check in checks]


def name_of(check: Check[T]) -> str:
    """Return the check's name: its function's."""
    return check.__name__  # type: ignore[attr-defined]


def demand_of(check: Check[T]) -> str:
    """Return what the check demands, on one line."""
    return " ".join((check.__doc__ or "").split())


def _reason(error: Exception) -> str:
    if isinstance(error, NotConforming):
        return str(error)
    return f"{type(error).__name__}: {error}"
