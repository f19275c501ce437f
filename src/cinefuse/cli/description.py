"""The tables of `cinefuse corpus describe`."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from cinefuse.corpus.audit import CorpusDescription

BAR_WIDTH = 20


def show_description(corpus: "CorpusDescription", console: Console) -> None:
    """Prints a description as plain tables."""
    splits = ", ".join(f"{split} {count:,}" for split, count in corpus.splits.items())
    console.print(f"[bold]{corpus.name}[/]: {corpus.movies:,} films ({splits})")
    console.print(
        f"split {corpus.split_rule}, plot {corpus.plot_rule}, {corpus.genres_a_movie:.2f} genres a film"
    )
    if corpus.imbalance is not None:
        console.print(f"imbalance {corpus.imbalance:.1f} to 1 (most frequent genre to rarest)")
    console.print()
    console.print(_genre_table(corpus))
    console.print()
    console.print(_facts_table(corpus))
    for note in corpus.notes:
        console.print(f"note: {note}", style="yellow")


def _genre_table(corpus: "CorpusDescription") -> Table:
    table = Table("genre", "films", "share", "", *corpus.splits, box=None)
    for index in (1, 2, *range(4, 4 + len(corpus.splits))):
        table.columns[index].justify = "right"
    largest = max((genre.share for genre in corpus.genres.values()), default=0.0) or 1.0
    for name, genre in corpus.genres.items():
        bar = "━" * round(BAR_WIDTH * genre.share / largest)
        counts = [f"{count:,}" for count in genre.by_split.values()]
        table.add_row(name, f"{genre.movies:,}", f"{genre.share:.1%}", f"[cyan]{bar}[/]", *counts)
    return table


def _facts_table(corpus: "CorpusDescription") -> Table:
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    if (words := corpus.plot_words) is not None:
        table.add_row(
            "words a plot (least, median, mean, 95 %, most)",
            f"{words.min}, {words.median:g}, {words.mean:.1f}, {words.p95:g}, {words.max}",
        )
    table.add_row(
        "genres a film", ", ".join(f"{n}: {count:,}" for n, count in corpus.movies_with_genres.items())
    )
    for part, count in (corpus.people or {}).items():
        table.add_row(f"with a {part}", f"{count:,}")
    for reason, count in corpus.plots.items():
        table.add_row(f"plot {reason}", f"{count:,}")
    for reason, count in corpus.posters.items():
        table.add_row(reason if reason.startswith("poster") else f"poster {reason}", f"{count:,}")
    for part, duplicates in corpus.duplicates.items():
        examples = "; ".join(" = ".join(group) for group in duplicates.examples[:2])
        table.add_row(
            f"identical {part} (across splits)",
            f"{duplicates.movies:,} ({duplicates.across_splits:,})"
            + (f"  e.g. {examples}" if examples else ""),
        )
    for reason, count in corpus.skipped.items():
        table.add_row(f"skipped: {reason}", f"{count:,}")
    return table
