"""An agent that remembers: in another thread, after a change of mind, and for each user apart."""

import tempfile

from langchain.agents import create_agent
from langchain_core.language_models import SimpleChatModel
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware


class Scripted(SimpleChatModel):
    """Stands for your model: it knows only what it is sent, like any other."""

    _llm_type = "scripted"

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        if not messages[-1].text.endswith("?"):
            return "Noted."
        lines = [line for message in messages[:-1] for line in message.text.splitlines()]
        known = [line for line in lines if "works" in line]
        return known[-1] if known else "You have not told me."


def main() -> None:
    with MemoryEngine(tempfile.mkdtemp()) as engine:  # an application names a folder that stays
        # Whose memory it is, each run says in its config.
        memory = HarmoniaMiddleware(engine, recall_options={"layers": ("memory",)})
        agent = create_agent(Scripted(), middleware=[memory], checkpointer=InMemorySaver())

        def say(user: str, thread: str, text: str) -> None:
            config = {"configurable": {"thread_id": thread, "user_id": user}}
            said = {"messages": [{"role": "user", "content": text}]}
            answer = agent.invoke(said, config)["messages"][-1].text
            print(f"{user:<5}{thread:<10}{text:<34}{answer}")
            engine.flush()  # waits for the learner; a person who types is slower than it

        say("jo", "monday", "I work as an engineer at AWS.")
        say("jo", "tuesday", "Where do I work?")
        say("jo", "wednesday", "I now work at Google.")
        say("jo", "thursday", "Where do I work?")
        say("ada", "friday", "Where do I work?")

        print("\nWhat is believed, and what no longer is:")
        for change in engine.changes(user_id="jo"):
            print(f"  {change.kind:<11}{change.memory.content}")


if __name__ == "__main__":
    main()
