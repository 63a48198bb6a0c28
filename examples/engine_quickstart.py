"""Store two conversations, ask a question, and build a prompt from what comes back."""

import tempfile
from datetime import UTC, datetime

from harmonia_plugins import MemoryEngine, Message

USER = "noor"


def main() -> None:
    folder = tempfile.mkdtemp()  # an application names a folder that stays
    with MemoryEngine(folder) as engine:
        engine.observe(
            [
                Message("user", "We are painting the kitchen next week, in sage green."),
                Message("assistant", "Lovely. Do you need a list of what to buy?"),
                Message("user", "Only the primer; Sam has brushes."),
            ],
            user_id=USER,
            session_id="kitchen",
        )
        engine.observe(
            Message("user", "I run the half marathon in Ghent on 6 October."),
            user_id=USER,
            session_id="running",
        )
        engine.remember(
            "Noor is left-handed",
            user_id=USER,
            type="personal",
            valid_from=datetime(1990, 1, 1, tzinfo=UTC),
        )

        question = "What colour will the kitchen be?"
        for hit in engine.recall(question, user_id=USER, k=2):
            print(f"{hit.score:.2f} {hit.layer}: {hit.text}")

        memory = engine.context(question, user_id=USER, token_budget=200)
        print(f"\nA prompt:\n{memory}\n\nQuestion: {question}")


if __name__ == "__main__":
    main()
