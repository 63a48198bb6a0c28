"""What the engine learns from a few messages, how it changes its mind, and the way back."""

from __future__ import annotations

import time
from datetime import datetime

from harmonia_plugins import ChangeSet, MemoryEngine, Message
from harmonia_plugins.demo import story
from harmonia_plugins.demo.screen import Screen, day, duration


def show(engine: MemoryEngine, screen: Screen) -> None:
    """Tell the engine of a life and of a change in it, and ask what it believes when."""
    screen.heading("5. Learning: what a third user says becomes memories")
    for text in story.INTRODUCTION:
        _told(engine, screen, story.MONDAY, text)
    screen.heading("6. Six weeks later something has changed")
    moved = _told(engine, screen, story.LATER, story.NEWS)
    _closed(engine, screen, moved)
    _asked(engine, screen, None)
    _asked(engine, screen, story.BETWEEN)
    screen.heading("7. What was learned can be taken back")
    undone = engine.undo(moved, user_id=story.LEARNER)
    screen.say("undo of the last observation:")
    for change in undone.changes:
        screen.change(change)
    _asked(engine, screen, None)


def _told(engine: MemoryEngine, screen: Screen, said: datetime, text: str) -> ChangeSet:
    """Observe one message and write down what it changed."""
    screen.line()
    screen.say(f"{said:%A %d %B %Y}")
    screen.spoken("user", text)
    start = time.perf_counter()
    done = engine.observe(Message("user", text, created_at=said), user_id=story.LEARNER)
    screen.say(f"stored and learned in {duration(time.perf_counter() - start)}:")
    for change in done.changes:
        screen.change(change)
    return done


def _closed(engine: MemoryEngine, screen: Screen, moved: ChangeSet) -> None:
    """Write down the history of what is over."""
    over = next(change.before for change in moved.changes if change.before is not None)
    screen.say("Nothing is overwritten. The history of the first one:")
    for step in engine.history(over.id, user_id=story.LEARNER):
        end = step.memory.valid_to
        true = f"true since {day(step.memory.valid_from)}"
        true += f" until {day(end)}" if end else ""
        screen.say(f"revision {step.memory.revision}, {step.kind}: {true}", indent=5)


def _asked(engine: MemoryEngine, screen: Screen, moment: datetime | None) -> None:
    screen.question(story.ASKED if moment is None else f"{story.ASKED} (as of {day(moment)})")
    start = time.perf_counter()
    hits = engine.recall(
        story.ASKED, user_id=story.LEARNER, k=1, layers=("memory",), as_of=moment, timeout=60
    )
    screen.hits(hits, time.perf_counter() - start)
