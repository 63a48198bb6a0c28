"""Three processes write to one store while this one reads."""

import multiprocessing
import tempfile

from harmonia_plugins import MemoryEngine, Message

WRITERS, NOTES = 3, 5


def write(folder: str, writer: int) -> None:
    with MemoryEngine(folder) as engine:  # each process opens its own
        for number in range(NOTES):
            text = f"Sensor {writer} reports {20 + number} degrees in greenhouse {writer}"
            engine.observe(Message("tool", text), user_id="farm", session_id=f"sensor-{writer}")


def main() -> None:
    folder = tempfile.mkdtemp()
    context = multiprocessing.get_context("spawn")
    with MemoryEngine(folder) as engine:
        writers = [context.Process(target=write, args=(folder, n)) for n in range(WRITERS)]
        for process in writers:
            process.start()
        for process in writers:
            process.join()
        sessions = engine.sessions(user_id="farm")
        print({session.id: session.messages for session in sessions})
        assert sum(session.messages for session in sessions) == WRITERS * NOTES
        print(engine.recall("how warm is greenhouse 1?", user_id="farm", k=1)[0].text)


if __name__ == "__main__":
    main()
