"""Named parts: a new one is a new file and one line, and the tests already know it.

Example:
    >>> FRUITS: Registry[type] = Registry("fruit")
    >>> @FRUITS.register("apple", "round and red")
    ... class Apple: ...
    >>> FRUITS["apple"].__name__, FRUITS.describe()
    ('Apple', {'apple': 'round and red'})
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

from cinefuse.errors import SettingsError

T = TypeVar("T")


def unknown_name(kind: str, given: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """The message for a name that does not exist, with the nearest one that does."""
    names = list(known)
    near = get_close_matches(given, names, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return f"no {kind} is called '{given}'{hint}; there are: {', '.join(names)}"


class Registry(Generic[T]):
    """What is registered under which name, with a line that describes it.

    Args:
        kind: what the entries are, for messages ("fusion").
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        self._descriptions: dict[str, str] = {}

    def register(self, name: str, description: str) -> Callable[[T], T]:
        """Decorates the entry. A name that is taken raises."""
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered twice")

        def keep(entry: T) -> T:
            self._entries[name] = entry
            self._descriptions[name] = description
            return entry

        return keep

    def __getitem__(self, name: str) -> T:
        """The entry of that name.

        Raises:
            SettingsError: if there is none; the message lists those that there are.
        """
        try:
            return self._entries[name]
        except KeyError:
            raise SettingsError(unknown_name(self.kind, name, list(self._entries))) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def describe(self) -> dict[str, str]:
        """Name -> description, in the order of registration."""
        return dict(self._descriptions)
