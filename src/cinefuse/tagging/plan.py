"""What there is to tag: the tables, their columns, and the chunks that they are cut into."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from cinefuse.errors import CorpusError
from cinefuse.prediction import GenrePredictor
from cinefuse.progress import say
from cinefuse.tagging.agreed import agreed_schema
from cinefuse.tagging.chunk import ArrowSchema, Chunk, FilmTable
from cinefuse.tagging.tables import TableState, open_table, state_of

PEOPLE = ("director", "cast")
OURS = ("plot", "poster", *PEOPLE)  # columns that may be called otherwise
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
    schema = agreed_schema(tables)
    say(f"{sum(chunk.rows for chunk in chunks):,} films in {len(tables)} table{'s' * (len(tables) > 1)}")
    return Plan(states, _mapped(paths[0], schema.names, columns), posters, schema, chunks)


def _cut(tables: Sequence[FilmTable], chunk_rows: int) -> Iterator[Chunk]:
    number = 0
    for place, table in enumerate(tables):
        cuts = list(table.cut(chunk_rows))
        for (start, rows), following in zip_longest(cuts, cuts[1:]):
            yield Chunk(number, place, start, rows, following and following[0])
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


def _mapped(path: Path, present: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our column names -> the tables', for those that they have."""
    shown = f"the table has: {', '.join(present) or 'no columns'}"
    for ours, theirs in columns.items():
        if ours not in OURS:
            raise CorpusError(f"--column {ours}={theirs}: no column of ours; allowed: {', '.join(OURS)}")
        if theirs not in present:
            raise CorpusError(f"{path}: --column {ours}={theirs}: no column {theirs!r}; {shown}")
    return {name: columns.get(name, name) for name in OURS if columns.get(name, name) in present}


def fitted(plan: Plan, predictor: GenrePredictor) -> Plan:
    """The plan with those columns alone that the model reads; tells what the tables lack of them.

    Raises:
        CorpusError: if they have none; it lists the columns that there are.
    """
    reads = predictor.reads
    if not set(reads) & plan.columns.keys():
        raise CorpusError(
            f"{plan.tables[0].path}: no column {' or '.join(reads)}, and the model reads nothing else; "
            f"the table has: {', '.join(plan.schema.names) or 'no columns'}; "
            f"say which it is: --column {reads[0]}=NAME"
        )
    for part in reads:
        if part not in plan.columns:
            say(
                f"note: no column {part!r}, which the model reads too: every film is told without it; "
                f"the table has: {', '.join(plan.schema.names)}; to name one: --column {part}=NAME"
            )
    for part in PEOPLE if predictor.knows_people else ():
        if part not in plan.columns:
            say(
                f"note: no column {part!r}, and the model knows who made films: every film is told without "
                f"it; the table has: {', '.join(plan.schema.names)}; to name one: --column {part}=NAME"
            )
    unread = () if predictor.knows_people else PEOPLE
    return replace(plan, columns={ours: its for ours, its in plan.columns.items() if ours not in unread})
