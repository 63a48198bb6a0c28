"""A chat history that stays: a chain keeps its log here, and the engine learns from it."""

import tempfile
import warnings

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import trim_messages
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaChatMessageHistory

ANSWERS = ["Congratulations!", "I will keep that in mind."]


def main() -> None:
    prompt = ChatPromptTemplate([MessagesPlaceholder("past"), ("human", "{text}")])
    model = FakeListChatModel(responses=ANSWERS)  # stands for your model
    with MemoryEngine(tempfile.mkdtemp()) as engine:
        with warnings.catch_warnings(action="ignore"):  # LangChain prefers agents by now
            chain = RunnableWithMessageHistory(
                prompt | model,
                HarmoniaChatMessageHistory.factory(engine, user_id="jo"),
                input_messages_key="text",
                history_messages_key="past",
            )
        config = {"configurable": {"session_id": "june"}}
        chain.invoke({"text": "We have a puppy called Biggie."}, config)
        for piece in chain.stream({"text": "I am allergic to nuts, by the way."}, config):
            print(piece.text, end="")
        print()

        history = HarmoniaChatMessageHistory(engine, user_id="jo", session_id="june")
        print("\nThe log, whole:")
        for message in history.messages:
            print(f"  {message.type:<6}{message.text}")
        short = trim_messages(history.messages, max_tokens=2, token_counter=len, strategy="last")
        print(f"For a model, trimmed: {[message.text for message in short]}")

        engine.flush()  # learning goes on in the background
        print("\nLearned from it:")
        for memory in engine.memories(user_id="jo"):
            print(f"  {memory.content}")

        history.clear()  # empties the log, forgets no memory
        print(f"\nCleared: {len(history.messages)} messages in the log,", end=" ")
        hits = engine.recall("what can I not eat?", user_id="jo", k=1)
        print(f"and still known: {hits[0].text}")


if __name__ == "__main__":
    main()
