"""Mappings: how the columns of any table that a merchant has become the columns of the contracts.

``model`` says what a mapping is, ``parse`` reads the TOML, ``expressions`` checks the SQL in it, ``direct``
recognises a file whose header is a contract's, ``binding`` holds a mapping against a file's header,
``privacy`` decides what may be kept of each column, ``values`` turns text into typed values, ``statements``
writes the queries and ``staging`` runs them. Opening and landing files belongs in ``pipelines.ingest``, drafts
in ``pipelines.mapping_draft``.
"""

from __future__ import annotations

from pipelines.mapping.binding import BoundMapping, bind
from pipelines.mapping.direct import direct_mapping, recognise
from pipelines.mapping.model import MappedColumn, MappedEntity, Mapping, MappingError, Skip
from pipelines.mapping.parse import read_mapping

__all__ = [
    "BoundMapping",
    "MappedColumn",
    "MappedEntity",
    "Mapping",
    "MappingError",
    "Skip",
    "bind",
    "direct_mapping",
    "read_mapping",
    "recognise",
]
