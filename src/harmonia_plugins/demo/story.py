"""Invented conversations on different days, and questions that they answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harmonia_plugins.model import Message

USER = "demo"
STRANGER = "somebody else"

_MOVING = (
    ("user", "I signed the lease for the flat in Porto today! Rua das Flores 88, third floor."),
    ("assistant", "Congratulations! When do you get the keys?"),
    ("user", "On the 28th. My brother Tomas is lending me his van for the move."),
    ("assistant", "Good. Shall I keep a list of what still has to be arranged?"),
    ("user", "Yes please. The electricity contract is with Luzia, customer number LZ-40917."),
    (
        "assistant",
        "Noted. I would read the meter on the first day and send the reading to Luzia, so that "
        "you do not pay for the people before you.",
    ),
    ("user", "And for the house-warming: I can't eat hazelnuts, they make my throat swell."),
)
_SETTLING = (
    ("user", "The move went well, but the piano does not fit through the door of the study."),
    ("assistant", "What a pity. Is there another room for it?"),
    ("user", "It stands in the living room now, next to the window."),
    ("user", "I also took in a cat. She is grey, three years old and answers to Miso."),
    ("assistant", "How lovely! Book a check-up for her; the clinic on Avenida Norte is good."),
    ("user", "I did: Thursday at half past four. And my first day at the museum is on Monday."),
)
DAYS = (
    ("moving", datetime(2025, 3, 14, 18, 5, tzinfo=UTC), _MOVING),
    ("settling in", datetime(2025, 4, 2, 8, 40, tzinfo=UTC), _SETTLING),
)

QUESTIONS = (
    "Which food am I allergic to?",
    "What is the name of my pet?",
    "What is LZ-40917?",
    "What did you advise me to do about the meter?",
    "When is my first day at the museum?",
)

LEARNER = "jason"
MONDAY = datetime(2025, 5, 12, 9, 30, tzinfo=UTC)
BETWEEN = MONDAY + timedelta(weeks=3)
LATER = MONDAY + timedelta(weeks=6)
INTRODUCTION = (
    "My name is Jason Thompson and I work as a software engineer at AWS. I have a dog called "
    "Biggie.",
    "I have a meeting tomorrow at 2pm",
)
NEWS = "I now work at Google as a team lead."
ASKED = "Where do I work?"


def sessions() -> list[tuple[str, list[Message]]]:
    """Return each session's name and messages, with fixed ids, a minute apart."""
    return [
        (
            name,
            [
                Message(
                    role, text, id=f"{name}-{number}", created_at=start + timedelta(minutes=number)
                )
                for number, (role, text) in enumerate(lines, 1)
            ],
        )
        for name, start, lines in DAYS
    ]
