"""What the readers of this room need of an open snapshot, so that none of them depends on how it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars


class Published(Protocol):
    """What a reader needs of an open snapshot."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Version, time of publishing, and merchants that are held."""
        ...

    def query(self, sql: str, parameters: Sequence[object] | None = None) -> polars.DataFrame:
        """Run one select."""
        ...
