"""The constants of the ranking, each with what it buys.

Chosen on seven conversations of two kinds (five of two named people, two of a user
with an assistant), also with the names of the first kind replaced by roles: near
the centre of the best twelfth of 272 random settings.  Choosing a setting on six
conversations and measuring it on the seventh gave, together, within half a point
of R@10 on the first kind and two on the second, which has but 80 questions.
A quarter more or less of any one constant moves R@10 by less than a point on the
first kind, and by at most 2.5 on the second.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign adds; 1 is a row that matches best in both channels.

    In brackets, what R@5 loses without the sign: two named people / a user with an
    assistant; a minus is a gain.
    """

    lexical: float = 0.7
    """BM25 beside a dense match of 1."""
    coverage: float = 0.35
    """How far BM25 gives way when its best row holds little of the query (exponent).

    Helps where question and answer share no words [0 / -0.4, MRR 0 / 4.3]."""
    enough: float = 0.27
    """Share of the BM25 ceiling from which the query counts as held.

    A row of mean length with each term once reaches 0.45."""
    after: float = 0.4
    """The next message matches: it reacts to this one [0.4 / -1.9, MRR 0.7 / 6.9]."""
    before: float = 0.25
    """The message before the previous one, the same speaker's in a dialogue, matches [1.2 / 0]."""
    answers: float = 0.75
    """The message before asks, and matches: this one answers it [1.6 / 0, MRR 4.3 / 0]."""
    answers_at_all: float = -0.2
    """Any answer, so that only answers to matching questions gain."""
    session: float = 0.45
    """The session's three best rows, between worst and best session [1.1 / 2.3]."""
    speaker: float = 0.5
    """The one participant named said it [3.2 / -].

    More would find more, and break questions that name the wrong one: R@10 there
    is 94 without, 87 at 0.5; at 0.75 another setting had 75."""
    role: float = 0.45
    """Said by the user, asked about the user; by the assistant, asked what it said [- / 16].

    Where such a question is answered by the other one, R@10 is 7 lower with it."""
    date: float = 1.0
    """Said on a date the question names, or soon after [2.4 / 0]."""
    length: float = 0.6
    """A row of forty terms or more; a short one says little, however near it looks.

    [0.4 / -0.6, R@10 0.1 / 1.0]"""
    asks: float = -0.15
    """A row that asks is seldom the answer [-0.3 / -1.2, R@10 0.1 / 0]."""
    number: float = 0.2
    """A row with a digit, asked for a number or a date [0.2 / 0.6]."""
    memory: float = 0.95
    """Factor of the score of a memory that was drawn from no message, beside messages."""
    support: float = 0.4
    """How far a memory that matches better lifts its message, as a share of the difference.

    R@1 / 5 / 10 / 20 of both layers against messages alone: 0.4 gives +0.3, 0.6, 1.0, 0.1 on five
    conversations of two named people and -1.2, 1.0, 1.3, 1.0 on two of a user with an assistant;
    0.5 gives +0.7, 0.7, 1.0, 0.2 and -2.5, -0.2, 0.6, 1.0."""
    recency: float = 0.0
    """The newest row; off by default, 0.2 is sensible where news matters most."""
    half_life_days: float = 30.0
    """Of recency."""
    candidates: int = 512
    """Rows looked at closely; twice as many are all looked at."""

    def attainable(self) -> float:
        """The score of a row that has every sign."""
        answer = max(self.answers + self.answers_at_all, 0)
        context = self.after + self.before + answer + self.session
        said = self.speaker + self.role + self.date + self.length + self.number
        return 1 + context + said + self.recency


DEFAULT = Weights()
"""The same for every kind of conversation."""
