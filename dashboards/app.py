"""Makes the Dash app and serves it, on this machine only.

Pages are found in ``pages/``. No script, font or picture comes from elsewhere, no data go elsewhere: the app says so to
the browser (content security policy), and answers only to names of this machine.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.errors import UsageProblem

if TYPE_CHECKING:
    import dash
    from flask import Flask, Response

FOLDER = Path(__file__).resolve().parent
STYLESHEET = FOLDER.parent / "pipelines" / "reports" / "templates" / "keeprate.css"
_POLICY = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
<style>STYLE</style>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""


def create_app(home: Path) -> dash.Dash:
    """The dashboard of a home.

    Args:
        home: the home folder; it may still be empty, the page then says so.

    Returns:
        The Dash app; ``.server`` is its WSGI application.
    """
    import dash

    from dashboards.reader import Reader

    app = dash.Dash(
        "dashboards",
        use_pages=True,
        pages_folder=str(FOLDER / "pages"),
        assets_folder=str(FOLDER / "assets"),
        serve_locally=True,
        title="Keeprate",
        update_title="",
        index_string=_INDEX.replace("STYLE", STYLESHEET.read_text(encoding="utf-8")),
        include_pages_meta=False,
        enable_mcp=False,
    )
    app.layout = dash.page_container
    app.server.config["READER"] = Reader(home)
    _guard(app.server, app)
    return app


def serve(home: Path, port: int = 8050, host: str = "127.0.0.1", threads: int = 4) -> None:
    """Serve the dashboard until interrupted.

    Args:
        home: the home folder.
        port: TCP port.
        host: a loopback address.
        threads: requests that are answered at the same time.

    Raises:
        UsageProblem: the address is not of this machine alone.
    """
    require_loopback(host)
    import logging

    import waitress

    # A page fetches a dozen scripts at once; that they wait a moment is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    waitress.serve(create_app(home).server, host=host, port=port, threads=threads, ident=None)


def require_loopback(host: str) -> None:
    """Refuse an address that others could reach, as long as nobody has to log in.

    Raises:
        UsageProblem: the address is not a loopback address.
    """
    if not _is_loopback(host):
        raise UsageProblem(
            f"the dashboard has no login yet, so it is not served on {host}: everybody who reaches that address"
            " would see every merchant.\n"
            "  to do:    leave out --host (127.0.0.1), and reach it from elsewhere through an SSH tunnel"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _guard(server: Flask, app: dash.Dash) -> None:
    """Answer only to this machine's names, and forbid pages to load or send anything elsewhere."""
    from flask import abort, request

    @server.before_request
    def only_this_machine() -> None:
        # A page elsewhere could point its own name at 127.0.0.1 and read the answers; the name gives it away.
        if not _is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            abort(403, "This dashboard answers only to 127.0.0.1 and localhost.")

    @server.after_request
    def say_policy(response: Response) -> Response:
        # Asked each time: Dash adds its inline scripts with the first request.
        scripts = f"script-src 'self' {' '.join(app.csp_hashes())}"
        response.headers["Content-Security-Policy"] = "; ".join((*_POLICY, scripts))
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
