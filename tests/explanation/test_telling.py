"""What is said of an explanation, wherever it is shown."""

from io import StringIO

import pytest
from rich.console import Console

from cinefuse.explanation.telling import bars, direction, parts, place_name
from cinefuse.explanation.terminal import show
from cinefuse.explanation.wording import percent, points, told_apart


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_title_asks_what_the_verdict_answers(explanation, changed):
    assert explanation.sentences.title == "Why Horror?"
    assert plain(explanation.sentences.verdict) == (
        "late-fusion gives Horror a probability of 81 %, at or above its threshold of 45 %: "
        "the film is given the genre."
    )
    other = changed(probability=0.3).sentences
    assert other.title == "Why not Horror?"
    assert "30 %, below its threshold of 45 %: the film is not given" in plain(other.verdict)


@pytest.mark.parametrize(
    ("share", "threshold", "told"),
    [
        (0.446, 0.454, "44.6 % 45.4 %"),
        (0.4496, 0.4504, "44.96 % 45.04 %"),
        (0.4499, 0.45, "44.99 % 45.00 %"),
        (0.4501, 0.45, "45.01 % 45.00 %"),
        (0.001, 0.003, "0.1 % 0.3 %"),
        (0.81, 0.45, "81 % 45 %"),
    ],
)
def test_numbers_that_look_equal_are_told_apart(share, threshold, told):
    assert plain(" ".join(told_apart(share, threshold))) == told


def test_the_same_number_stays_so():
    share, threshold = told_apart(0.5, 0.5)
    assert share == threshold


def test_numbers_never_claim_the_ends():
    assert [plain(percent(share)) for share in (0.0, 1.0, 0.5)] == ["<1 %", ">99 %", "50 %"]
    assert [points(one) for one in (-0.3, 0.0149, 0.001)] == ["30 points", "1 point", "less than a point"]


def test_each_modality_is_told_by_what_it_moves(explanation, without_poster):
    assert explanation.sentences.parts == [
        "Without the poster Horror falls by 7 points.",
        "Without the plot Horror falls by 46 points.",
    ]
    assert without_poster.sentences.parts == ["The model was shown the plot alone."]
    rising = explanation.modalities.model_copy(update={"both": 0.7, "poster": 0.699})
    assert parts(rising, "Horror") == [
        "Without the poster Horror rises by 4 points.",
        "Without the plot Horror stays the same.",
    ]


def test_each_part_has_its_own_threshold(explanation, without_poster):
    found = [(bar.label, bar.threshold, bar.whole) for bar in bars(explanation)]
    assert found == [("both", 0.45, True), ("plot alone", 0.4, False), ("poster alone", 0.5, False)]
    assert [(bar.label, bar.probability, bar.threshold) for bar in bars(without_poster)] == [
        ("plot", 0.81, 0.45)
    ]


def test_names_have_a_bar_where_there_are_any(explanation, without_poster):
    for told in (explanation, without_poster):
        *others, nameless = bars(told.model_copy(update={"without_people": 0.61}))
        assert others == bars(told)
        assert nameless == ("without names", 0.61, told.threshold, False)


def test_the_strongest_words_are_told(explanation, changed):
    assert explanation.sentences.words == "Most for it: blood \u00d72, cellar. Most against it: mother, old."
    plot = explanation.plot
    only_for = changed(plot=plot.model_copy(update={"speak_against": []}))
    assert only_for.sentences.words == "Most for it: blood \u00d72, cellar. No word against it."
    none = changed(plot=plot.model_copy(update={"speak_for": [], "speak_against": []}))
    assert none.sentences.words == "No word of the plot moves the score by much."


def test_covers_are_told_by_what_they_did(explanation, changed):
    places = explanation.poster
    assert explanation.sentences.poster == (
        "Covering a rectangle at the upper left lowers Horror by 34 points, more than any other; "
        "covering one at the lower right raises it by 12 points."
    )
    none = changed(poster=places.model_copy(update={"lowering": None, "raising": None}))
    assert none.sentences.poster == "Covering no part of the poster moves Horror by as much as a point."
    rising = changed(poster=places.model_copy(update={"lowering": None}))
    assert rising.sentences.poster == (
        "Covering a rectangle at the lower right raises Horror by 12 points, more than any other."
    )


def test_two_covers_of_one_name_are_told_apart(explanation, changed):
    low = explanation.poster.lowering.model_copy(update={"place": "centre"})
    high = low.model_copy(update={"top": 0.1, "bottom": 0.6, "left": -0.1, "right": 0.4, "fall": -0.03})
    found = changed(poster=explanation.poster.model_copy(update={"lowering": low, "raising": high}))
    assert found.sentences.poster.endswith(
        "covering one a little further down and to the left raises it by 3 points."
    )
    assert direction(high, low) == "a little further up and to the right"


@pytest.mark.parametrize(
    ("down", "across", "name"),
    [
        (0.1, 0.1, "upper left"),
        (0.5, 0.5, "centre"),
        (0.5, 0.9, "right"),
        (1.0, 0.5, "bottom"),
        (0.3, 0.5, "top"),
    ],
)
def test_places_have_names(down, across, name):
    assert place_name(down, across) == name


def test_what_the_words_do_not_explain_is_told(explanation, changed):
    assert explanation.sentences.notes == []
    much = explanation.plot.model_copy(update={"moved": 1.0, "punctuation": -0.4, "missed": 0.2})
    (note,) = changed(plot=much).sentences.notes
    assert note == (
        "The plot moves the score by +1.00 on the logit scale: its words by +1.20, punctuation and the like "
        "by \u22120.40; +0.20 could not be laid at any door."
    )


@pytest.mark.parametrize(("unknown", "told"), [(6, "knows none of the 6"), (5, "knows only 1 of the 6")])
def test_words_that_the_model_does_not_know_are_told(explanation, changed, unknown, told):
    (note,) = changed(plot=explanation.plot.model_copy(update={"unknown": unknown})).sentences.notes
    assert told in note
    assert "means little" in note


@pytest.mark.parametrize("unknown", [None, 0, 3])
def test_a_few_unknown_words_are_not_told(explanation, changed, unknown):
    assert changed(plot=explanation.plot.model_copy(update={"unknown": unknown})).sentences.notes == []


@pytest.fixture
def printed():
    def show_it(explanation):
        written = StringIO()
        show(explanation, Console(width=200, file=written, color_system=None))
        return plain(written.getvalue())

    return show_it


def test_the_terminal_shows_it_all(printed, explanation):
    text = printed(explanation)
    for told in (
        "probability of 81 %",
        "both",
        "blood \u00d72",
        "+1.30",
        "mother",
        *explanation.sentences.parts,
        explanation.sentences.poster,
    ):
        assert told in text
    drawn = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    assert drawn == ["██▒▒··", "··--··", "····--"]


def test_what_names_do_is_told_where_there_are_any(printed, explanation, changed):
    assert explanation.sentences.people == ""
    assert "Without the names" not in printed(explanation)
    for left, moves in ((0.61, "falls by 20 points"), (0.81, "stays the same"), (0.9, "rises by 9 points")):
        named = changed(without_people=left)
        said = f"Without the names of who made it {named.genre} {moves}."
        assert named.sentences.people == said
        assert said in printed(named)


def test_the_terminal_shows_notes(printed, explanation, changed):
    noted = changed(plot=explanation.plot.model_copy(update={"unknown": 6}))
    assert f"note: {noted.sentences.notes[0]}" in printed(noted)


def test_the_terminal_takes_words_as_they_are(printed, without_poster):
    word = without_poster.plot.speak_for[0].model_copy(update={"text": "[bold]x[/bold]", "weight": 2.0})
    plot = without_poster.plot.model_copy(update={"speak_for": [word]})
    text = printed(without_poster.model_copy(update={"plot": plot}))
    assert "[bold]x[/bold]" in text
    assert "poster" not in text
    nothing = plot.model_copy(update={"speak_for": [], "speak_against": []})
    assert "no word of the plot moves" in printed(without_poster.model_copy(update={"plot": nothing}))
