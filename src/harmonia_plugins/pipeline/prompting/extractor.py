"""An extractor that asks a language model."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.pipeline.prompting.calls import BoundedCalls, CallTimeoutError
from harmonia_plugins.pipeline.prompting.portions import Portion, portions, rest_of, shortened
from harmonia_plugins.pipeline.prompting.reading import Reading, read_answer
from harmonia_plugins.pipeline.prompting.schema import SCHEMA
from harmonia_plugins.pipeline.prompting.statistics import Counters, ExtractionStatistics
from harmonia_plugins.pipeline.prompting.template import CURRENT, find_template

if TYPE_CHECKING:
    from harmonia_plugins.model import Statement, Window
    from harmonia_plugins.ports import LanguageModel

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds before the first repetition, doubled for each further one up to the longest."""


class ModelExtractor:
    """Draws statements from messages with any language model, and distrusts what it answers.

    A window is read in portions of a few messages. A portion's question is repeated where that may
    help; when it stays without a usable answer the whole window fails, so that a caller never takes
    half a window for all of it.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        batch: int = 8,
        concurrency: int = 2,
        retries: int = 2,
        timeout: float = 60.0,
        template: str = CURRENT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; the model is not asked yet.

        Args:
            model: answers prompts; must be safe to call from several threads at once.
            batch: messages in one call, at most.
            concurrency: calls at once, at most, whoever asks for them.
            retries: repetitions of a call that failed or gave no usable answer. An error that has
                an attribute `retryable` that is False is not repeated.
            timeout: seconds to wait for one answer. A call that takes longer is not repeated.
            template: version of the prompt.
            sleep: waits between repetitions.

        Raises:
            InvalidInputError: a number is out of range, or there is no such template.
        """
        for what, number, least in (
            ("batch", batch, 1), ("concurrency", concurrency, 1), ("retries", retries, 0),
        ):  # fmt: skip
            if number < least:
                raise InvalidInputError(f"{what} must be at least {least}, not {number!r}")
        if not timeout > 0:
            raise InvalidInputError(f"timeout must be more than 0 seconds, not {timeout!r}")
        self._model = model
        self._batch = batch
        self._concurrency = concurrency
        self._retries = retries
        self._template = find_template(template)
        self._sleep = sleep
        self._calls = BoundedCalls(concurrency, timeout)
        self._counters = Counters()

    @property
    def name(self) -> str:
        """`model:`, the model's own name, and the version of the prompt."""
        name = getattr(self._model, "name", None)
        model = name if isinstance(name, str) and name else type(self._model).__name__
        return f"model:{model}/prompt-{self._template.version}"

    @property
    def statistics(self) -> ExtractionStatistics:
        """What the extractor has done so far."""
        return self._counters.snapshot()

    def extract(self, window: Window) -> Sequence[Statement]:
        """Return what the window's messages state, in their order.

        Raises:
            ProviderError: a portion got no usable answer after all tries.
        """
        if cut := shortened(window):
            self._counters.add("shortened", cut)
            log.info("%d messages are too long to be read to their end", cut)
        found = self._read_all(portions(window, self._batch))
        distinct: dict[tuple[int, str], Statement] = {}
        for statement in found:
            distinct.setdefault((statement.message, statement.content.casefold()), statement)
        statements = sorted(distinct.values(), key=lambda statement: statement.message)
        self._counters.drop({"duplicate": len(found) - len(statements)})
        self._counters.add("statements", len(statements))
        return statements

    def close(self) -> None:
        """Release what the model holds, if it has a `close` method."""
        if close := getattr(self._model, "close", None):
            close()

    def _read_all(self, parts: list[Portion]) -> list[Statement]:
        if len(parts) <= 1:
            return [statement for part in parts for statement in self._read(part)]
        with ThreadPoolExecutor(self._concurrency, "harmonia-extract") as pool:
            readings = [pool.submit(self._read, part) for part in parts]
            try:
                return [statement for reading in readings for statement in reading.result()]
            finally:
                for reading in readings:  # after a failure the rest would be asked for nothing
                    reading.cancel()

    def _read(self, portion: Portion) -> list[Statement]:
        """Read a portion; where an answer was cut off, ask again from where it ends."""
        statements: list[Statement] = []
        while True:
            reading = self._asked(portion)
            if not reading.cut or len(portion.entries) == 1:
                return [*statements, *reading.statements]
            # The last entry with a statement may have had more of them, so it is read again.
            done = max(reading.entry_numbers, default=1) - 1 or 1
            statements += reading.up_to(done)
            portion = rest_of(portion, done)
            self._counters.add("continued")

    def _asked(self, portion: Portion) -> Reading:
        """Ask until there is a usable answer, within the allowed tries."""
        again = False
        for attempt in range(self._retries + 1):
            if attempt:
                self._counters.add("retries")
                self._sleep(_pause(attempt - 1))
            try:
                return self._once(portion, again=again)
            except UnusableAnswerError as error:
                problem, again = error, True
            except ProviderError as error:
                problem = error
            kind = type(problem).__name__  # its text may quote the chat
            log.info("try %d of %d failed: %s", attempt + 1, self._retries + 1, kind)
            if attempt == self._retries or getattr(problem, "retryable", True) is False:
                self._counters.add("failures")
                raise problem
        raise AssertionError("there is at least one try")

    def _once(self, portion: Portion, *, again: bool) -> Reading:
        self._counters.add("calls")
        prompt = self._template.prompt(portion, again=again)
        try:
            answer: object = self._calls.run(lambda: self._model.complete(prompt, schema=SCHEMA))
        except CallTimeoutError:
            self._counters.add("timeouts")
            raise
        except ProviderError:
            raise
        except Exception as error:  # whatever a user's model raises
            raise ProviderError(f"{self.name} failed: {type(error).__name__}: {error}") from error
        if not isinstance(answer, str):
            raise ProviderError(f"{self.name} answered {type(answer).__name__}, not text")
        reading = read_answer(answer, portion, self._template)
        self._count(reading)
        if not reading.usable:
            raise UnusableAnswerError(f"{self.name} gave no usable JSON, but {answer[:100]!r}")
        return reading

    def _count(self, reading: Reading) -> None:
        self._counters.drop(reading.dropped)
        if reading.cut:
            self._counters.add("cut")
        if reading.usable and not reading.clean:
            self._counters.add("salvaged")
        for reason, number in reading.dropped.items():
            log.debug("dropped %d statements: %s", number, reason)


class UnusableAnswerError(ProviderError):
    """The model answered, but nothing that says what the messages state."""


def _pause(attempt: int) -> float:
    """Return the seconds before the repetition after `attempt`, from 0.

    Random, so that callers who failed together do not come back together.
    """
    longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing
