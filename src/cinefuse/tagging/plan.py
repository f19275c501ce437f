"""What there is to tag: the tables, their columns, and the chunks that they are cut into."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cinefuse.errors import CorpusError
from cinefuse.progress import say
from cinefuse.tagging.chunk import ArrowSchema, Chunk, FilmTable
from cinefuse.tagging.json_lines import JsonLinesTable
from cinefuse.tagging.tables import TableState, open_table, state_of

OURS = ("id", "plot", "poster")  # columns that may be called otherwise
WRITTEN = ("predicted_genres", "probabilities", "lacking", "error")


@dataclass(frozen=True, slots=True)
class Plan:
    """A job, cut into chunks. It can be sent to another process.

    Attributes:
        columns: ours -> the tables'.
        posters: where posters' names are looked for; None for each table's own folder.
        schema: of the tables' own columns.
    """

    tables: tuple[TableState, ...]
    columns: Mapping[str, str]
    posters: Path | None
    schema: ArrowSchema
    chunks: tuple[Chunk, ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(chunk.rows for chunk in self.chunks)


def make_plan(
    paths: Sequence[Path], columns: Mapping[str, str], posters: Path | None, chunk_rows: int
) -> Plan:
    """Reads the tables through, in constant memory, and cuts them.

    Raises:
        CorpusError: if one cannot be read, or their columns are not what is needed, or do not agree.
    """
    states = tuple(map(state_of, paths))
    tables = [open_table(path) for path in paths]
    for table in tables:
        _check_names(table)
    chunks = tuple(_cut(tables, chunk_rows))
    schema = _agreed(tables)
    say(f"{sum(chunk.rows for chunk in chunks):,} films in {len(tables)} table{'s' * (len(tables) > 1)}")
    return Plan(states, _mapped(paths[0], schema.names, columns), posters, schema, chunks)


def _cut(tables: Sequence[FilmTable], chunk_rows: int) -> Iterator[Chunk]:
    number = 0
    for place, table in enumerate(tables):
        for start, rows in table.cut(chunk_rows):
            yield Chunk(number, place, start, rows)
            number += 1
        _check_names(table)  # again: some know their columns only now


def _check_names(table: FilmTable) -> None:
    names = table.schema().names
    for name in names:
        if name in WRITTEN:
            raise CorpusError(
                f"{table.path}: has a column {name!r}, which is what `cinefuse tag` writes "
                f"({', '.join(WRITTEN)}); give it another name in the table, or leave it out"
            )
        if names.count(name) > 1:
            raise CorpusError(f"{table.path}: has {names.count(name)} columns {name!r}; allowed: one")


def _agreed(tables: Sequence[FilmTable]) -> ArrowSchema:
    """The columns of all tables, in the first one's order, in types that hold what each of them has."""
    first = tables[0]
    schema = first.schema()
    for table in tables[1:]:
        other = table.schema()
        if not (isinstance(first, JsonLinesTable) and isinstance(table, JsonLinesTable)):
            _check_same_names(first, schema, table, other)
        try:
            metadata = schema.metadata if schema.metadata == other.metadata else None
            schema = pa.unify_schemas([schema, other], promote_options="permissive").with_metadata(metadata)
        except pa.ArrowException as error:
            raise CorpusError(
                f"{table.path}: its columns are of other types than those of {first.path}: {error}; "
                "write them in the same types, or tag them one by one"
            ) from error
    # a column of JSON that has no value anywhere can be of any type; text is what most tools read
    nothing = pa.string() if isinstance(first, JsonLinesTable) else pa.null()
    fields = [pa.field(field.name, nothing if field.type == pa.null() else field.type) for field in schema]
    return pa.schema(fields, schema.metadata)


def _check_same_names(first: FilmTable, schema: ArrowSchema, table: FilmTable, other: ArrowSchema) -> None:
    for here, its_names, there, their_names in (
        (first.path, schema.names, table.path, other.names),
        (table.path, other.names, first.path, schema.names),
    ):
        missing = [name for name in their_names if name not in its_names]
        if missing:
            raise CorpusError(
                f"{here}: has no column {missing[0]!r}, and {there} has; "
                "allowed: tables of the same columns; tag the others by themselves"
            )


def _mapped(path: Path, present: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our column names -> the tables', for those that they have."""
    shown = f"the table has: {', '.join(present) or 'no columns'}"
    for ours, theirs in columns.items():
        if ours not in OURS:
            raise CorpusError(f"--column {ours}={theirs}: no column of ours; allowed: {', '.join(OURS)}")
        if theirs not in present:
            raise CorpusError(f"{path}: --column {ours}={theirs}: no column {theirs!r}; {shown}")
    return {name: columns.get(name, name) for name in OURS if columns.get(name, name) in present}


def check_reads(plan: Plan, reads: Sequence[str]) -> None:
    """Refuses tables that have nothing that the model reads.

    Raises:
        CorpusError: if so; it lists the columns that there are.
    """
    if not set(reads) & plan.columns.keys():
        raise CorpusError(
            f"{plan.tables[0].path}: no column {' or '.join(reads)}, and the model reads nothing else; "
            f"the table has: {', '.join(plan.schema.names) or 'no columns'}; "
            f"say which it is: --column {reads[0]}=NAME"
        )
