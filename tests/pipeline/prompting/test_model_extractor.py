import json
import logging
import threading
import time

import pytest

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.model import Message, Window
from harmonia_plugins.pipeline.prompting import SCHEMA, ModelExtractor
from harmonia_plugins.ports import Extractor
from harmonia_plugins.testing.models import ScriptedModel

CELLO = {"message": 1, "content": "Ida plays the cello"}
NOTHING = '{"statements": []}'


def window(*texts):
    return Window(messages=tuple(Message("user", text) for text in texts))


def answer(*statements):
    return json.dumps({"statements": statements})


def echo(prompt):
    """State every numbered message of the prompt as it stands there."""
    data = prompt.rsplit("=== data begins ===", 1)[1].split("=== data ends ===")[0]
    records = [json.loads(line) for line in data.strip().splitlines()]
    return answer(
        *({"message": r["message"], "content": r["text"]} for r in records if "message" in r)
    )


@pytest.fixture
def extractor_of():
    """Make extractors that sleep into a list."""
    pauses = []

    def make(model, **options):
        return ModelExtractor(model, **{"sleep": pauses.append, "timeout": 5.0} | options)

    make.pauses = pauses
    return make


def test_it_fills_the_port(extractor_of):
    model = ScriptedModel([answer(CELLO)])
    extractor = extractor_of(model)
    assert isinstance(extractor, Extractor)
    assert extractor.name == "model:ScriptedModel/prompt-2"
    (statement,) = extractor.extract(window("I play the cello."))
    assert (statement.content, statement.message) == ("Ida plays the cello", 0)
    assert model.schemas == [SCHEMA]


def test_nothing_to_read_asks_nobody(extractor_of):
    model = ScriptedModel([])
    assert extractor_of(model).extract(window()) == []
    assert extractor_of(model).extract(window(" ", "")) == []
    assert model.prompts == []


def test_messages_go_in_batches_and_come_back_in_order(extractor_of):
    model = ScriptedModel(echo)
    extractor = extractor_of(model, batch=3)
    texts = [f"point {number}" for number in range(10)]
    statements = extractor.extract(window(*texts))
    assert [(s.message, s.content) for s in statements] == [*enumerate(texts)]
    assert extractor.statistics.calls == len(model.prompts) == 4


def test_an_unusable_answer_is_asked_for_again_with_a_reminder(extractor_of):
    model = ScriptedModel(["There is nothing.", "```json\n" + answer(CELLO) + "\n```"])
    extractor = extractor_of(model)
    assert len(extractor.extract(window("I play the cello."))) == 1
    assert model.prompts[1].startswith(model.prompts[0])
    assert "could not be read" in model.prompts[1]
    got = extractor.statistics
    assert (got.calls, got.retries, got.salvaged, got.failures) == (2, 1, 1, 0)
    assert 0.1 <= extractor_of.pauses[0] <= 0.2


def test_a_failure_is_repeated_with_growing_pauses_until_the_tries_are_spent(extractor_of):
    model = ScriptedModel([ProviderError("busy")] * 3 + [answer(CELLO)])
    extractor = extractor_of(model, retries=2)
    with pytest.raises(ProviderError, match="busy"):
        extractor.extract(window("I play the cello."))
    got = extractor.statistics
    assert (got.calls, got.retries, got.failures, got.statements) == (3, 2, 1, 0)
    assert 0.1 <= extractor_of.pauses[0] <= 0.2 <= extractor_of.pauses[1] <= 0.4
    assert extractor.extract(window("I play the cello."))


def test_an_unusable_answer_to_the_end_is_an_error_that_shows_it(extractor_of):
    extractor = extractor_of(ScriptedModel(["No idea."] * 2), retries=1)
    with pytest.raises(ProviderError, match=r"no usable JSON, but 'No idea\.'"):
        extractor.extract(window("I play the cello."))


def test_what_cannot_help_is_not_repeated(extractor_of):
    class MissingModelError(ProviderError):
        retryable = False

    model = ScriptedModel([MissingModelError("ollama pull it")])
    with pytest.raises(ProviderError, match="ollama pull it"):
        extractor_of(model).extract(window("I play the cello."))
    assert len(model.prompts) == 1


@pytest.mark.parametrize("problem", [RuntimeError("boom"), TimeoutError("late"), KeyError("x")])
def test_whatever_a_model_raises_is_a_provider_error(extractor_of, problem):
    with pytest.raises(ProviderError, match=type(problem).__name__):
        extractor_of(ScriptedModel([problem]), retries=0).extract(window("I play the cello."))


def test_an_answer_that_is_no_text_is_a_provider_error(extractor_of):
    with pytest.raises(ProviderError, match="answered int, not text"):
        extractor_of(ScriptedModel(lambda _prompt: 7), retries=0).extract(window("Hello there."))


def test_an_answer_that_was_cut_is_continued_from_where_it_ends(extractor_of):
    texts = [f"point {number}" for number in range(5)]
    cuts = []

    def cutting(prompt):
        whole = echo(prompt)
        cuts.append(whole)
        return whole[: whole.index("point 3")] if len(cuts) == 1 else whole

    extractor = extractor_of(ScriptedModel(cutting))
    statements = extractor.extract(window(*texts))
    assert [s.content for s in statements] == texts
    got = extractor.statistics
    assert (got.calls, got.cut, got.continued, got.retries) == (2, 1, 1, 0)


def test_an_answer_that_is_always_cut_comes_to_an_end(extractor_of):
    extractor = extractor_of(ScriptedModel(lambda _p: answer(CELLO)[:-2] + ', {"message": 1, "con'))
    statements = extractor.extract(window("a", "b", "c"))
    assert [s.message for s in statements] == [0, 1, 2]
    assert extractor.statistics.calls == 3


def test_dropped_statements_are_counted_by_reason(extractor_of):
    bad = [CELLO | {"message": 9}, CELLO | {"content": "Does Ida play?"}, {"content": 3}, CELLO]
    extractor = extractor_of(ScriptedModel([answer(CELLO, *bad)]))
    assert len(extractor.extract(window("I play the cello."))) == 1
    assert extractor.statistics.dropped == {
        "duplicate": 1, "message out of range": 1, "no content": 1, "question": 1,
    }  # fmt: skip
    assert extractor.statistics.statements == 1


def test_a_model_that_hangs_costs_the_timeout_once_and_is_then_left_alone(extractor_of):
    release = threading.Event()

    def hang(_prompt):
        release.wait(10)
        return NOTHING

    extractor = extractor_of(ScriptedModel(hang), timeout=0.1, concurrency=1)
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"did not answer within 0\.1 s"):
        extractor.extract(window("I play the cello."))
    with pytest.raises(ProviderError, match="still busy with 1 calls"):
        extractor.extract(window("I play the cello."))
    assert time.monotonic() - started < 2
    assert (extractor.statistics.timeouts, extractor.statistics.retries) == (2, 0)
    release.set()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert extractor.extract(window("I play the cello.")) == []
            break
        except ProviderError:
            time.sleep(0.01)
    else:
        pytest.fail("the place of a late call is not given back")


def test_calls_at_once_are_bounded_over_all_callers(extractor_of):
    running, most, lock = 0, 0, threading.Lock()

    def slow(prompt):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return echo(prompt)

    extractor = extractor_of(ScriptedModel(slow), batch=1, concurrency=2)
    results = []
    callers = [
        threading.Thread(target=lambda: results.append(extractor.extract(window(*"abcdef"))))
        for _ in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert [len(found) for found in results] == [6] * 4
    assert most == 2


def test_one_portion_without_an_answer_fails_the_window(extractor_of):
    def partly(prompt):
        return "no" if '"text": "bad"' in prompt else echo(prompt)

    extractor = extractor_of(ScriptedModel(partly), batch=1, concurrency=1, retries=0)
    with pytest.raises(ProviderError, match="no usable JSON"):
        extractor.extract(window("good", "bad", *["more"] * 20))
    assert extractor.statistics.calls < 22


def test_the_log_says_why_and_quotes_nobody(extractor_of, caplog):
    caplog.set_level(logging.DEBUG, logger="harmonia_plugins")
    model = ScriptedModel(["My secret is tea.", answer(CELLO | {"message": 9})])
    extractor_of(model).extract(window("I play the cello."))
    assert "UnusableAnswerError" in caplog.text
    assert "message out of range" in caplog.text
    assert "secret" not in caplog.text
    assert "cello" not in caplog.text


def test_the_model_runs_outside_the_callers_event_loop(extractor_of):
    import asyncio

    def nested(prompt):
        return asyncio.run(asyncio.sleep(0, echo(prompt)))

    async def conversation():
        return extractor_of(ScriptedModel(nested)).extract(window("I play the cello."))

    assert len(asyncio.run(conversation())) == 1


@pytest.mark.parametrize(
    "options",
    [{"batch": 0}, {"concurrency": 0}, {"retries": -1}, {"timeout": 0}, {"template": "0"}],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InvalidInputError):
        ModelExtractor(ScriptedModel([]), **options)


def test_a_message_too_long_to_be_read_whole_is_counted(extractor_of):
    extractor = extractor_of(ScriptedModel(lambda _prompt: NOTHING))
    assert extractor.extract(window("word " * 20_000)) == []
    assert extractor.statistics.shortened == 1


def test_closing_closes_the_model_if_it_can_be(extractor_of):
    class Closing(ScriptedModel):
        closed = False

        def close(self):
            self.closed = True

    model = Closing([])
    extractor_of(model).close()
    extractor_of(ScriptedModel([])).close()
    assert model.closed
