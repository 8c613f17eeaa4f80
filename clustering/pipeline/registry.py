"""A lazy registry of plug-ins: name -> "module:attribute", imported on first use."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Generic, TypeVar

from clustering.pipeline.errors import UnknownPlugin

T = TypeVar("T")


class Registry(Generic[T]):
    """Named factories of ``T``."""

    def __init__(self, kind: str, targets: dict[str, str]) -> None:
        self.kind = kind
        self._targets = dict(targets)

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, name: str) -> bool:
        return name in self._targets

    def load(self, name: str) -> Any:
        """Import and return the registered attribute.

        Raises:
            UnknownPlugin: if nothing is registered under ``name``.
        """
        if name not in self._targets:
            known = ", ".join(sorted(self._targets))
            raise UnknownPlugin(f"no {self.kind} is called {name!r}; known are: {known}")
        module, _, attribute = self._targets[name].partition(":")
        return getattr(import_module(module), attribute)

    def create(self, name: str, **options: Any) -> T:
        """Return a new instance of the plug-in; its class checks the options."""
        plugin: T = self.load(name)(**options)
        return plugin
