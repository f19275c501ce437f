"""The columns of several tables, in types that hold every value of each of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import types

from cinefuse.errors import CorpusError
from cinefuse.tagging.chunk import ArrowSchema, FilmTable
from cinefuse.tagging.json_lines import JsonLinesTable, joint_schema

MEND = "write them in the same types, or tag them one by one"


def agreed_schema(tables: Sequence[FilmTable]) -> ArrowSchema:
    """The columns of all tables, in the first one's order; call it when they are cut.

    Raises:
        CorpusError: if they have not the same columns, or a value could not be told in full.
    """
    parts = _parts(tables)
    first, schema = parts[0]
    for path, other in parts[1:]:
        _check_same_names(first, schema, path, other)
        try:
            metadata = schema.metadata if schema.metadata == other.metadata else None
            schema = pa.unify_schemas([schema, other], promote_options="permissive").with_metadata(metadata)
        except pa.ArrowException as error:
            raise CorpusError(
                f"{path}: its columns are of other types than those of {first}: {error}; {MEND}"
            ) from error
    for path, own in parts:
        for field in own:
            wide = schema.field(field.name).type
            if not _holds(wide, field.type):
                raise CorpusError(
                    f"{path}: its column {field.name!r} is {field.type}, and in all tables together it would "
                    f"be {wide}, which does not hold all of its values; {MEND}"
                )
    # a column of JSON that has no value anywhere can be of any type; text is what most tools read
    nothing = pa.string() if isinstance(tables[0], JsonLinesTable) else pa.null()
    fields = [pa.field(field.name, nothing if field.type == pa.null() else field.type) for field in schema]
    return pa.schema(fields, schema.metadata)


def _parts(tables: Sequence[FilmTable]) -> list[tuple[Path, ArrowSchema]]:
    """The tables' schemas; of JSON lines a single one, for their types are what all their values allow."""
    lines = [table for table in tables if isinstance(table, JsonLinesTable)]
    others = lines[1:]
    return [
        (table.path, joint_schema(lines) if table in lines else table.schema())
        for table in tables
        if table not in others
    ]


def _holds(wide: Any, own: Any) -> bool:
    """Whether each value of the type `own` is one of the type `wide`, to which it would be promoted."""
    if own == wide or types.is_null(own):
        return True
    if types.is_struct(own):
        return all(_holds(wide.field(field.name).type, field.type) for field in own)
    if types.is_nested(own) or types.is_dictionary(own):
        return hasattr(own, "value_type") and _holds(wide.value_type, own.value_type)
    if types.is_floating(own) or types.is_decimal(own):
        return bool(types.is_floating(wide) == types.is_floating(own))
    if types.is_integer(own) or types.is_temporal(own):
        least, bits = (0, own.bit_width) if types.is_unsigned_integer(own) else (-1, own.bit_width - 1)
        try:
            pa.array([least * 2**bits, 2**bits - 1], own).cast(wide)
        except pa.ArrowException:
            return False
    return True  # of text and of bytes there are shorter and longer kinds


def _check_same_names(first: Path, schema: ArrowSchema, other: Path, its_schema: ArrowSchema) -> None:
    for here, names, there, their_names in (
        (first, schema.names, other, its_schema.names),
        (other, its_schema.names, first, schema.names),
    ):
        missing = [name for name in their_names if name not in names]
        if missing:
            raise CorpusError(
                f"{here}: has no column {missing[0]!r}, and {there} has; "
                "allowed: tables of the same columns; tag the others by themselves"
            )
