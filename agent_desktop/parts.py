"""Parts of an object that are made when they are first asked for, by whichever thread asks."""

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar, overload


class Whole(Protocol):
    """What has such parts. The lock may be taken again by the thread that holds it: parts need parts."""

    making: threading.RLock


W = TypeVar("W", bound=Whole)
T = TypeVar("T")


class Part(Generic[W, T]):
    """Decorates the method that makes a part; afterwards the part is a plain attribute.

    Unlike `functools.cached_property` it makes the part once also where two threads ask at the same time.
    """

    def __init__(self, make: Callable[[W], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def is_made(self, whole: W) -> bool:
        """Whether somebody has asked for it already."""
        return self._name in whole.__dict__

    def __set_name__(self, owner: type[W], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, whole: None, owner: type[W]) -> "Part[W, T]": ...
    @overload
    def __get__(self, whole: W, owner: type[W]) -> T: ...
    def __get__(self, whole: W | None, owner: type[W]) -> "Part[W, T] | T":
        if whole is None:
            return self
        with whole.making:
            made: dict[str, T] = whole.__dict__
            if self._name not in made:
                made[self._name] = self._make(whole)
            return made[self._name]
