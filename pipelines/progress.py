"""Telling a waiting person what is being done: one listener for the process, silent unless somebody listens."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def say(sentence: str) -> None:
    """Tell what is being done now, in a few words without personal values."""
    listener = _listener.get()
    if listener:
        listener(sentence)


@contextmanager
def listening(listener: Callable[[str], None] | None) -> Generator[None]:
    """Send everything that is said inside to ``listener``."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
