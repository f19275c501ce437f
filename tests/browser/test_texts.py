"""Plots are text from anywhere: markup stays text, and every word is marked where it stands."""

import json

from cinefuse.explanation.spans import find_words

STRANGE = {
    "markup": '<img src=x onerror="document.title=1"> & <b>blood</b> &lt;script&gt; in the cellar',
    "spaces": "\n\n  blood   and\ttabs\n\n\nin the cellar  ",
    "emoji": "\N{FACE SCREAMING IN FEAR} blood \N{WOMAN}\u200d\N{ROCKET} cellar e\u0301t \N{CINEMA} scream",
    "scripts": "\u05d3\u05dd \u6620\u753b blood \ud55c\uad6d\uc5b4 cellar",
}


def explain_each_word(route):
    """An explanation in which each word weighs, in turn, for and against."""
    plot = json.loads(route.request.post_data)["plot"]
    words = [
        {"text": plot[start:end], "start": start, "end": end, "weight": 1.0 if number % 2 == 0 else -0.8}
        for number, (start, end) in enumerate(find_words(plot))
    ]
    route.fulfill(
        json={
            "id": "1",
            "model": "late-fusion",
            "genre": json.loads(route.request.post_data)["genre"],
            "probability": 0.7,
            "threshold": 0.5,
            "words": words,
            "plot": {
                "read_to": len(plot),
                "unknown": None,
                "full": 1.0,
                "faint": 0.08,
                "speak_for": [],
                "speak_against": [],
                "moved": 1.0,
                "punctuation": 0.0,
                "missed": 0.0,
            },
            "poster": None,
            "modalities": {"both": None, "plot": 0.7, "poster": None},
            "sentences": {
                "title": f"Why {json.loads(route.request.post_data)['genre']}?",
                "verdict": "",
                "parts": [],
                "words": "",
                "poster": "",
                "notes": [],
            },
        }
    )


def test_every_word_is_marked_where_it_stands(visit):
    desk = visit()
    desk.page.route("**/v1/explain", explain_each_word)
    for kind, plot in STRANGE.items():
        desk.give(plot)
        desk.tell()
        desk.choose()
        shown = plot.strip()
        words = [shown[start:end] for start, end in find_words(shown)]
        assert desk.page.locator("#why .plot mark").all_text_contents() == words, kind
        names = desk.page.eval_on_selector_all("#why .plot mark", "marks => marks.map(one => one.className)")
        assert names == [("for", "against")[number % 2] for number in range(len(words))], kind
        assert desk.page.text_content("#why .plot") == shown, kind
        assert desk.page.locator("#why .plot *").count() == len(words), f"{kind}: text has become elements"


def test_the_service_and_the_page_count_characters_alike(visit):
    desk = visit()
    for plot in STRANGE.values():
        desk.give(plot)
        desk.tell()
        with desk.page.expect_response("**/v1/explain") as answer:
            desk.choose()
        words = answer.value.json()["words"]
        assert {"blood", "cellar"} <= {word["text"] for word in words}
        sent = json.loads(answer.value.request.post_data)["plot"]
        assert [sent[word["start"] : word["end"]] for word in words] == [word["text"] for word in words]
        marks = desk.page.locator("#why .plot mark").all_text_contents()
        assert marks
        assert set(marks) <= {word["text"] for word in words}


def test_half_an_emoji_is_no_reason_to_fail(visit):
    desk = visit()
    desk.page.evaluate("plot.value = 'blood \\ud83d in the cellar'")
    desk.tell()
    desk.choose()
    assert desk.page.text_content("#why .plot") == "blood \N{REPLACEMENT CHARACTER} in the cellar"


def test_what_the_model_did_not_read_is_marked(visit):
    desk = visit()
    plot = "blood in the cellar" + " and on it goes" * 400
    desk.give(plot)
    desk.tell()
    with desk.page.expect_response("**/v1/explain") as answer:
        desk.choose()
    read_to = answer.value.json()["plot"]["read_to"]
    assert answer.value.json()["words"][-1]["end"] < read_to < len(plot)
    assert desk.page.text_content("#why .plot .unread") == plot[read_to:]
