"""The queue before a model."""

import time
from concurrent.futures import wait

import pytest

from cinefuse.corpus.movie import Movie
from cinefuse.serving.batching import ALWAYS_TAKEN, Batcher
from cinefuse.serving.limits import Limits
from cinefuse.serving.refusal import Refusal


@pytest.fixture
def batcher_of():
    """Makes queues, and ends them."""
    made = []

    def make(predictor, **limits):
        made.append(Batcher(predictor, Limits(**limits)))
        return made[-1]

    yield make
    for one in made:
        one._predictor.going.set()
        one.close()


def movies(*plots):
    return [Movie(f"m{number}", plot) for number, plot in enumerate(plots)]


def warm(batcher):
    batcher.start()
    batcher.warmed.result(10)


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.001)


def test_films_are_told_in_their_order_by_one_thread(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake, max_batch=3)
    with batcher.admit(7):
        told = batcher.submit(movies(*["drama", "comedy", "horror"] * 2, "drama"))
        genres = [one.result(10).prediction.genres for one in told]
    assert genres == [("Drama",), ("Comedy",), ("Horror",)] * 2 + [("Drama",)]
    assert [one.result().prediction.id for one in told] == [f"m{number}" for number in range(7)]
    assert fake.threads == {"scoring"}
    assert batcher.admitted == 0


def test_what_comes_while_a_batch_is_scored_is_scored_together(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake, max_batch=4, batch_wait_ms=0)
    warm(batcher)
    fake.going.clear()
    first = batcher.submit(movies("first"))
    until(lambda: fake.batches[-1] == ["first"])
    later = [batcher.submit(movies(str(number)))[0] for number in range(6)]
    fake.going.set()
    wait([*first, *later], 10)
    assert [len(batch) for batch in fake.batches[2:]] == [1, 4, 2]
    assert [one.result().batch_size for one in later] == [4, 4, 4, 4, 2, 2]


def test_a_film_waits_for_others_as_long_as_it_is_told(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake, batch_wait_ms=300)
    warm(batcher)
    told = batcher.submit(movies("a"))
    time.sleep(0.02)
    told += batcher.submit(movies("b"))
    assert [one.result(10).batch_size for one in told] == [2, 2]


def test_a_full_batch_waits_for_nobody(make_fake, batcher_of):
    batcher = batcher_of(make_fake(), batch_wait_ms=1000, max_batch=2)
    warm(batcher)
    began = time.monotonic()
    wait(batcher.submit(movies("a", "b")), 10)
    assert time.monotonic() - began < 0.5


def test_more_than_there_is_room_for_is_refused_at_once(make_fake, batcher_of):
    batcher = batcher_of(make_fake(), queue_films=5, batch_films=5)
    with batcher.admit(4):
        with pytest.raises(Refusal) as caught, batcher.admit(2):
            pass
        assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "busy", 1)
        with batcher.admit(1):
            with pytest.raises(Refusal):
                batcher.check_room()
            assert batcher.admitted == 5
    assert batcher.admitted == 0
    batcher.check_room()


def test_films_that_would_wait_too_long_are_refused_and_told_how_long(make_fake, batcher_of):
    batcher = batcher_of(make_fake(seconds=0.2), queue_seconds=1, max_batch=1)
    warm(batcher)
    with batcher.admit(ALWAYS_TAKEN):  # 0.2 s each: 1.6 s ahead
        with pytest.raises(Refusal) as caught:
            batcher.check_room()
        assert caught.value.retry_after == 2
    with batcher.admit(ALWAYS_TAKEN - 1):  # so few are taken from the slowest model
        batcher.check_room()


def test_what_is_fast_together_is_not_taken_for_slow_because_it_is_slow_alone(make_fake, batcher_of):
    batcher = batcher_of(make_fake(seconds=0.1), queue_seconds=1)  # 0.1 s a batch of any size
    warm(batcher)
    for _ in range(5):
        batcher.submit(movies("alone"))[0].result(10)
    with batcher.admit(50):
        batcher.check_room()


def test_what_was_given_up_before_its_turn_is_not_scored(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake, batch_wait_ms=0)
    warm(batcher)
    fake.going.clear()
    first = batcher.submit(movies("first"))
    until(lambda: fake.batches[-1] == ["first"])
    given_up, kept = batcher.submit(movies("given up", "kept"))
    assert given_up.cancel()
    alone = batcher.submit(movies("given up as well"))[0]
    alone.cancel()
    fake.going.set()
    assert kept.result(10).batch_size == 1
    assert fake.batches[2:] == [["first"], ["kept"]]
    assert first[0].done()


def test_one_film_that_fails_takes_no_other_with_it(make_fake, batcher_of, caplog):
    fake = make_fake()
    batcher = batcher_of(fake)
    told = batcher.submit(movies("drama", "poison", "horror"))
    assert told[0].result(10).prediction.genres == ("Drama",)
    assert told[2].result(10).prediction.genres == ("Horror",)
    assert isinstance(told[1].exception(10), RuntimeError)
    assert batcher.submit(movies("comedy"))[0].result(10).prediction.genres == ("Comedy",)
    assert "could not be scored" in caplog.text
    assert "secret" not in caplog.text


def test_a_model_that_answers_for_too_few_films_fails(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake)
    warm(batcher)
    fake.predict = lambda _movies: []
    assert isinstance(batcher.submit(movies("a"))[0].exception(10), ValueError)


def test_closing_finishes_what_is_queued_and_takes_nothing_more(make_fake, batcher_of):
    fake = make_fake(seconds=0.05)
    batcher = batcher_of(fake, max_batch=1)
    told = batcher.submit(movies("a", "b", "c"))
    batcher.close()
    assert all(one.done() and one.exception() is None for one in told)
    for refused in (batcher.check_room, lambda: batcher.submit(movies("d"))):
        with pytest.raises(Refusal) as caught:
            refused()
        assert (caught.value.code, caught.value.close) == ("stopping", True)


def test_ready_comes_with_the_first_film_that_is_scored(make_fake, batcher_of):
    fake = make_fake()
    batcher = batcher_of(fake)
    assert not batcher.ready
    warm(batcher)
    assert batcher.ready
    assert set(fake.posters) == {(48, 32, 3)}
    assert batcher.warmed.result().thresholds == {"Drama": 0.5, "Comedy": 0.5, "Horror": 0.5}


def test_a_model_that_fails_at_first_may_come_to_itself(make_fake, batcher_of):
    fake = make_fake()
    works, fake.predict = fake.predict, lambda _movies: 1 / 0
    batcher = batcher_of(fake)
    batcher.start()
    assert isinstance(batcher.warmed.exception(10), ZeroDivisionError)
    assert not batcher.ready
    fake.predict = works
    batcher.submit(movies("a"))[0].result(10)
    assert batcher.ready
