"""A model as a service: `create_app` in `app.py` makes it, `run_server` in `server.py` runs it.

A request takes this way: `observing` (id, log, metrics) -> `bodies` (read in time, or refused) -> `routes` ->
`films` and `posters` (read and checked) -> `batching` (one queue, one thread that scores) -> its answer.
Every limit is a field of `limits.Limits`; everything that is refused is a `refusal.Refusal`.
"""
