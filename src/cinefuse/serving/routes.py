"""The paths under /v1, and those that whoever runs the service asks."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from cinefuse.results.explanation import Explanation
from cinefuse.serving.examples import examples
from cinefuse.serving.films import FORM, GivenFilm, read_film, read_films
from cinefuse.serving.metrics import Metrics
from cinefuse.serving.openapi import answers, asks
from cinefuse.serving.records import (
    Batch,
    ErrorDetail,
    Examples,
    GenreThreshold,
    Model,
    RefusedInBatch,
    State,
    Told,
    ToldInBatch,
)
from cinefuse.serving.refusal import busy
from cinefuse.serving.service import Refused, Service

LARGE_BODY = 2**16  # bytes; a body below it is parsed where it is, a larger one in a thread


def film_routes(service: Service) -> APIRouter:
    """POST: films in, genres or explanations out."""
    router = APIRouter(prefix="/v1", tags=["films"])
    model = service.predictor.name

    @router.post("/predict", **asks("Film", FORM), **answers(Told, 400, 408, 413, 415, 422, 500, 503))
    async def predict(request: Request) -> Response:
        """The genres of a film, from its plot, its poster, or both; some models know who made it, too."""
        service.batcher.check_room()
        scored = await service.predict(await _film(request, service))
        _note(request, films=1, batch_size=scored.batch_size)
        return _json(Told.of(scored.prediction, model))

    @router.post("/predict/batch", **asks("Films"), **answers(Batch, 400, 408, 413, 415, 422, 500, 503))
    async def predict_batch(request: Request) -> Response:
        """The genres of several films; a film that cannot be told has its error in its place."""
        service.batcher.check_room()
        body = await request.body()
        read = await asyncio.to_thread(read_films, body, _type(request), service.limits)
        given = [one if isinstance(one, GivenFilm) else Refused(*one) for one in read]
        told = await service.predict_all(given)
        sizes = [one.batch_size for one in told if not isinstance(one, Refused)]
        _note(request, films=len(sizes), batch_size=max(sizes, default=0))
        return _json(
            Batch(
                predictions=[
                    RefusedInBatch(id=one.id, error=ErrorDetail(**one.refusal.record()["error"]))
                    if isinstance(one, Refused)
                    else ToldInBatch(**dict(Told.of(one.prediction, model)))
                    for one in told
                ]
            )
        )

    @router.post(
        "/explain",
        include_in_schema=service.explainer.explains,
        **asks("FilmAndGenre", FORM),
        **answers(Explanation, 400, 408, 413, 415, 422, 500, 503),
    )
    async def explain(request: Request) -> Response:
        """Which words and places of the poster speak for a genre, and what each part of the film adds."""
        with service.explainer.admit():
            film = await _film(request, service, with_genre=True)
            explanation = await service.explain(film)
        _note(request, films=1, batch_size=1)
        return _json(explanation)

    return router


def model_routes(service: Service) -> APIRouter:
    """GET: what the service can do, and films to try it with."""
    router = APIRouter(prefix="/v1", tags=["model"])

    @router.get("/genres", **answers(Model, 500, 503))
    async def genres() -> Response:
        """The model's genres with their thresholds, what it reads, and the limits to keep to."""
        thresholds = await service.thresholds()
        return _json(
            Model(
                model=service.predictor.name,
                reads=list(service.predictor.reads),
                knows_people=service.predictor.knows_people,
                explains=service.explainer.explains,
                genres=[GenreThreshold(name=name, threshold=thresholds[name]) for name in thresholds],
                limits=service.limits.told(),
            )
        )

    @router.get("/examples", **answers(Examples))
    async def example_films() -> Response:
        """A few invented films with plot and poster."""
        return _json(await asyncio.to_thread(examples))

    return _with_head(router)


def state_routes(service: Service, metrics: Metrics) -> APIRouter:
    """For load balancers and monitors."""
    router = APIRouter(tags=["state"])

    @router.get("/healthz", **answers(State))
    async def healthz() -> Response:
        """Alive: it answers."""
        return _json(State(status="alive"))

    @router.get("/readyz", **answers(State, 503))
    async def readyz() -> Response:
        """Ready: the model has scored a film, and the service is not stopping."""
        if not service.ready:
            why = "the service is stopping" if service.stopping else "the model has not scored a film yet"
            raise busy("not_ready", why)
        return _json(State(status="ready"))

    @router.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "content": {"text/plain": {"schema": {"type": "string"}}},
                "description": "Prometheus' text format.",
            }
        },
    )
    async def prometheus() -> Response:
        """Counts and times, as Prometheus reads them."""
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return _with_head(router)


def _with_head(router: APIRouter) -> APIRouter:
    """HEAD beside each GET of a router that has no other, as monitors ask; the server leaves out the body."""
    for route in [one for one in router.routes if isinstance(one, APIRoute)]:
        path = route.path.removeprefix(router.prefix)
        router.add_api_route(path, route.endpoint, methods=["HEAD"], include_in_schema=False)
    return router


async def _film(request: Request, service: Service, *, with_genre: bool = False) -> GivenFilm:
    body = await request.body()
    kind = _type(request)
    if len(body) < LARGE_BODY:
        return read_film(body, kind, service.limits, with_genre=with_genre)
    return await asyncio.to_thread(read_film, body, kind, service.limits, with_genre=with_genre)


def _type(request: Request) -> str:
    return request.headers.get("content-type", "")


def _json(record: BaseModel) -> Response:
    return Response(record.model_dump_json(), media_type="application/json")


def _note(request: Request, **told: Any) -> None:
    """What the line in the log is to say of the request."""
    request.state.told = told
