"""Reads the snapshot for the pages and keeps what it read until another snapshot is in force.

One reader an app. A page asks it for merchants and payloads and never sees a connection.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pipelines.reports.background import read_background
from pipelines.reports.evidence import read_evidence
from pipelines.reports.reading import merchants, read_payload
from pipelines.snapshot import NoSnapshot, open_snapshot, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.reports.background import Background
    from pipelines.reports.evidence import Evidence
    from pipelines.reports.payload import Merchant, Payload
    from pipelines.snapshot import Snapshot


class Reader:
    """What the pages know of a home; safe to use from several threads."""

    def __init__(self, home: Path) -> None:
        """Open nothing yet.

        Args:
            home: the home folder.
        """
        self._home = home
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._merchants: tuple[Merchant, ...] = ()
        self._payloads: dict[str, Payload] = {}
        self._evidence: dict[str, Evidence] = {}
        self._backgrounds: dict[str, Background] = {}

    def merchants(self) -> tuple[Merchant, ...]:
        """Published merchants, by name.

        Raises:
            NoSnapshot: nothing is published yet.
        """
        with self._lock:
            self._refresh()
            return self._merchants

    def payload(self, merchant_id: str) -> Payload:
        """What is to be said of one merchant now.

        Raises:
            NoSnapshot: nothing is published yet.
            UsageProblem: unknown merchant, or no orders of it.
        """
        with self._lock:
            snapshot = self._refresh()
            if merchant_id not in self._payloads:
                self._payloads[merchant_id] = read_payload(snapshot, merchant_id)
            return self._payloads[merchant_id]

    def evidence(self, merchant_id: str) -> Evidence:
        """The single cases behind what the payload counts; empty for a merchant without any.

        Raises:
            NoSnapshot: nothing is published yet.
        """
        with self._lock:
            snapshot = self._refresh()
            if merchant_id not in self._evidence:
                self._evidence[merchant_id] = read_evidence(snapshot, merchant_id)
            return self._evidence[merchant_id]

    def background(self, merchant_id: str) -> Background:
        """How quickly returns come, and other systems' rates; empty for a merchant without any.

        Raises:
            NoSnapshot: nothing is published yet.
        """
        with self._lock:
            snapshot = self._refresh()
            if merchant_id not in self._backgrounds:
                self._backgrounds[merchant_id] = read_background(snapshot, merchant_id)
            return self._backgrounds[merchant_id]

    def close(self) -> None:
        """Close the open snapshot, if there is one."""
        with self._lock:
            if self._snapshot is not None:
                self._snapshot.close()
            self._snapshot = None

    def _refresh(self) -> Snapshot:
        """Open the snapshot in force, unless it is open already; call it with the lock held."""
        manifest = read_manifest(self._home)
        if manifest is None:
            raise NoSnapshot(f"{self._home}: nothing is published yet")
        if self._snapshot is None or self._snapshot.manifest != manifest:
            if self._snapshot is not None:
                self._snapshot.close()
            self._snapshot = open_snapshot(self._home)
            self._payloads = {}
            self._evidence = {}
            self._backgrounds = {}
            self._merchants = merchants(self._snapshot)
        return self._snapshot
