"""What ranking may know of the rows of one user."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]

USER, ASSISTANT = 0, 1
"""`Rows.role`; 2 is system, 3 a tool, -1 none."""
MESSAGE, MEMORY = 0, 1
"""`Rows.layer`."""


class Rows(Protocol):
    """What ranking may know of each row of one user: arrays of one length, in arrival order.

    `session` and `speaker` are codes, `previous` and `following` rows of the same session, -1
    for none; `time` is in microseconds since 1970 UTC, the least int64 where unknown; `role` is
    0 user, 1 assistant, 2 system, 3 tool, -1 none; `length` counts indexed terms; `layer` is 0
    message, 1 memory; `flags` are `text_flags` of the text; `vectors` have length 1, but for rows
    that nobody may find.
    """

    @property
    def session(self) -> Ints: ...
    @property
    def previous(self) -> Ints: ...
    @property
    def following(self) -> Ints: ...
    @property
    def time(self) -> NDArray[np.int64]: ...
    @property
    def speaker(self) -> Ints: ...
    @property
    def role(self) -> NDArray[np.int8]: ...
    @property
    def length(self) -> Ints: ...
    @property
    def layer(self) -> NDArray[np.int8]: ...
    @property
    def flags(self) -> NDArray[np.int8]: ...
    @property
    def vectors(self) -> NDArray[np.float32]: ...
