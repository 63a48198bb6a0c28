"""Any chain gets a memory by one callback, and tells what it has learned."""

import tempfile

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from harmonia_plugins import ChangeSet, MemoryEngine
from harmonia_plugins.langchain import HarmoniaCallbackHandler, HarmoniaRetriever


def tell(user_id: str, learned: ChangeSet) -> None:
    """Is called in the background, when memories have changed."""
    for change in learned.changes:
        print(f"  {user_id}: {change.kind:<11}{change.after.content}")


def main() -> None:
    prompt = ChatPromptTemplate([("system", "Be brief."), ("human", "{question}")])
    model = FakeListChatModel(responses=["I see."])  # stands for your model
    chain = prompt | model | StrOutputParser()

    with MemoryEngine(tempfile.mkdtemp()) as engine:
        # The user and the session of a run come from its metadata.
        handler = HarmoniaCallbackHandler(engine, on_memory=tell)

        def ask(user: str, text: str) -> None:
            metadata = {"user_id": user, "session_id": "demo"}
            answer = chain.invoke(
                {"question": text}, config={"callbacks": [handler], "metadata": metadata}
            )
            print(f"{user} says {text!r} and hears {answer!r}")
            handler.flush()  # only so that what is printed is in order

        ask("jo", "I live in Lyon.")
        ask("ada", "I play the cello.")
        ask("jo", "I moved to Turin last week.")

        print("\nStored, without the system prompt:")
        for message in engine.messages(user_id="jo", session_id="demo"):
            print(f"  {message.role:<10}{message.content}")

        retriever = HarmoniaRetriever(engine=engine, user_id="jo", k=1, layers=("memory",))
        print("\nWhere does Jo live?", retriever.invoke("where do I live?")[0].page_content)


if __name__ == "__main__":
    main()
