"""`create_app`: a predictor as a web service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cinefuse import _version
from cinefuse.prediction import GenrePredictor
from cinefuse.serving.bodies import Bodies
from cinefuse.serving.explaining import Explain, explain_by
from cinefuse.serving.hosts import ALLOWED
from cinefuse.serving.limits import Limits
from cinefuse.serving.metrics import Metrics
from cinefuse.serving.observing import Observing
from cinefuse.serving.openapi import body_schemas
from cinefuse.serving.pages import page_routes
from cinefuse.serving.refusal import Refusal
from cinefuse.serving.routes import film_routes, model_routes, state_routes
from cinefuse.serving.service import Service

ABOUT = (
    "At an address of this machine alone, the service answers requests whose Host is "
    f"{ALLOWED}: any other gets 421 (`host_not_served`). A POST that another site's page sends "
    "(Sec-Fetch-Site: cross-site) gets 403 (`cross_site`)."
)


def create_app(
    predictor: GenrePredictor, limits: Limits | None = None, explain: Explain | None = None
) -> FastAPI:
    """The service, ready for any ASGI server.

    Args:
        predictor: whatever tells genres; it is asked from one thread alone.
        limits: None for the defaults.
        explain: what explains a movie's genre; None for what comes with the predictor, if anything does.
    """
    metrics = Metrics()
    service = Service(predictor, limits or Limits(), explain or explain_by(predictor), metrics.scored)
    metrics.watch_gauge("queue_films", "Films taken and not yet answered.", lambda: service.batcher.admitted)
    metrics.watch_gauge("explain_queue", "Explanations not yet made.", lambda: service.explainer.taken)
    metrics.watch_gauge("held_bytes", "Bytes of bodies in memory.", lambda: service.held_bytes)
    metrics.watch_gauge("ready", "1 if the service is ready.", lambda: service.ready)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.batcher.start()
        yield
        service.close()

    app = _Api(
        title="cinefuse",
        version=_version.__version__,
        summary="Film genres from poster and plot.",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.service = service
    for router in (film_routes(service), model_routes(service), state_routes(service, metrics)):
        app.include_router(router)
    app.router.routes.extend(page_routes(app.openapi))
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _refuse_path)
    app.add_middleware(Bodies, service=service)
    # the last is the outermost
    app.add_middleware(Observing, service=service, metrics=metrics, paths=_paths(app.openapi()))
    return app


def _paths(openapi: dict[str, Any]) -> frozenset[str]:
    """Every path that a log may name."""
    return frozenset({*openapi["paths"], "/v1/explain", "/openapi.json", "/docs", "/"})


class _Api(FastAPI):
    """FastAPI, with the schemas of bodies that its routes read by themselves."""

    def openapi(self) -> dict[str, Any]:
        """The page as a dictionary; made once."""
        if self.openapi_schema is None:
            schema = super().openapi()
            service: Service = self.state.service
            schema["components"]["schemas"] |= body_schemas(
                service.predictor.reads, service.predictor.genres, service.limits
            )
        assert self.openapi_schema is not None, "FastAPI keeps what it made"
        return self.openapi_schema


async def _refuse(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal), "registered for it"
    request.state.code = refusal.code
    return JSONResponse(refusal.record(), refusal.status, refusal.headers())


async def _refuse_path(request: Request, error: Exception) -> Response:
    """A path or a method that is not there."""
    assert isinstance(error, HTTPException), "registered for it"
    code, message = {
        404: ("not_found", "there is nothing at this path; /docs lists what there is"),
        405: (
            "method_not_allowed",
            "this path is not for that method; Allow and /docs list those that it is for",
        ),
    }.get(error.status_code, ("bad_request", str(error.detail)))
    request.state.code = code
    return JSONResponse(Refusal(error.status_code, code, message).record(), error.status_code, error.headers)
