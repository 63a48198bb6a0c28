"""What a language model says of old beliefs, where the rules have nothing to say."""

import json
import re

import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import ScriptedModel

U = "nora"


def statement(content, **fields):
    return json.dumps({"statements": [{"message": 1, "content": content, **fields}]})


def says_it_replaces(old, new):
    """Answer as a model that noted `old` first, and then `new` as what replaces it."""

    def answer(prompt):
        data = prompt.rsplit("The data to read now:", 1)[1]
        told = re.search(r'"known": (\d+)[^\n]*' + re.escape(old), data)
        if told is None:
            return statement(old)
        return statement(new, replaces=[int(told[1])])

    return answer


@pytest.fixture
def engine_with(tmp_path):
    opened = []

    def engine(model):
        opened.append(MemoryEngine(tmp_path / "store", llm=model, learning="manual"))
        return opened[-1]

    yield engine
    for one in opened:
        one.close()


OLD, NEW = "User hauls timber for the sawmill", "User sits in the sawmill's timber office"


def test_what_a_model_holds_to_be_over_is_superseded(engine_with):
    model = ScriptedModel(says_it_replaces(OLD, NEW))
    engine = engine_with(model)
    engine.observe(Message("user", "I haul timber for the sawmill."), user_id=U)
    done = engine.observe(Message("user", "Desk job at the sawmill's timber office!"), user_id=U)
    assert [(c.kind, c.reason) for c in done.changes] == [
        ("superseded", "the extractor says so"),
        ("created", "the extractor says so"),
    ]
    assert [m.content for m in engine.memories(user_id=U)] == [NEW]
    over, now = done.changes
    assert engine.get(over.before.id, user_id=U).superseded_by == now.after.id


def test_what_is_about_another_matter_is_not_believed(engine_with):
    other = "Ulla needs nine egg whites for a cake"
    engine = engine_with(ScriptedModel(says_it_replaces(other, NEW)))
    engine.observe(Message("user", "Ulla needs nine egg whites for a cake."), user_id=U)
    engine.observe(Message("user", "Desk job at the sawmill's timber office!"), user_id=U)
    assert {m.content for m in engine.memories(user_id=U)} == {other, NEW}


def test_the_threshold_of_the_composite_score_is_a_setting(tmp_path):
    """Contradictions without a common slot are found at 0.6, and none at 1."""
    found = {}
    for threshold in (0.6, 1.0):
        settings = {"conflict_threshold": threshold}
        folder = tmp_path / str(threshold)
        with MemoryEngine(folder, settings=settings, learning="manual") as engine:
            engine.remember("The garden gate squeaks in the wind", user_id=U)
            engine.remember("The garden gate does not squeak in the wind", user_id=U)
            found[threshold] = {m.content for m in engine.memories(user_id=U)}
    assert found[0.6] == {"The garden gate does not squeak in the wind"}
    assert len(found[1.0]) == 2
