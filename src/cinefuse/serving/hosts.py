"""Who may ask a service that listens to this machine alone: not the pages of other sites, by a browser.

A page may send requests to this machine, and by a name whose address changes ("DNS rebinding") it may read
the answers. Browsers tell which name they asked for, and which site asks.
"""

import ipaddress

from starlette.types import Scope

from cinefuse.serving.refusal import Refusal

ALLOWED = "localhost, 127.0.0.1 and [::1], with any port"


def check_asker(scope: Scope, names: frozenset[str]) -> None:
    """Checks the headers of a request that came to an address of this machine alone.

    Args:
        scope: of the request.
        names: in lower case, by which a proxy may ask besides.

    Raises:
        Refusal: 421 for another machine's name, 403 for a POST that another site's page sends.
    """
    headers = dict(scope["headers"])
    host = headers.get(b"host")  # programs that speak HTTP/1.0 send none, browsers always do
    if host is not None and not _is_known(host.decode("latin-1"), names):
        raise Refusal(
            421,
            "host_not_served",
            f"Host: not a name of this machine; allowed: {ALLOWED}; for a proxy that hands on its own name: "
            "cinefuse serve --server-name NAME",
            close=True,
        )
    if scope["method"] == "POST" and headers.get(b"sec-fetch-site") == b"cross-site":
        allowed = "allowed are requests of the service's own page, and of programs"
        raise Refusal(403, "cross_site", f"Sec-Fetch-Site: cross-site; {allowed}", close=True)


def _is_known(host: str, names: frozenset[str]) -> bool:
    """Whether "name", "name:port" or "[address]:port" is allowed. An address cannot change, as a name can."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return name.lower() in {"localhost", *names} or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
