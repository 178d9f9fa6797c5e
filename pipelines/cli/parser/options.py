"""Options that several commands share, and the types of their values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from pipelines.cli.parser.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., object])

pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _keep_home(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).home_option = value


def _keep_json(ctx: click.Context, _: click.Parameter, is_json: bool) -> None:
    ctx.ensure_object(Invocation).is_json = is_json


def home_option(function: F) -> F:
    """``--home``, before or after the verb; the one after it wins."""
    return click.option(
        "--home",
        metavar="FOLDER",
        expose_value=False,
        callback=_keep_home,
        help="The home: configuration, data, reports.  [default: $KEEPRATE_HOME, else ./keeprate-home]",
    )(function)


def json_option(function: F) -> F:
    """``--json``: the result as JSON on stdout, for programs."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_keep_json,
        help="Print the result as JSON (docs/reference/json.md); errors too.",
    )(function)


def wait_option(function: F) -> F:
    """``--wait``: how long to wait for another writer; the parameter is ``wait_seconds``."""
    return click.option(
        "--wait",
        "wait_seconds",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        default=0.0,
        help="How long to wait when another command writes to the home.  [default: 0]",
    )(function)


def merchant_option(function: F) -> F:
    """``--merchant``, which may be left out where the home has one merchant; the parameter is ``merchant_id``."""
    return click.option("--merchant", "merchant_id", metavar="ID", help="Whose.  [default: the home's only merchant]")(
        function
    )


class Moment(click.ParamType):
    """A point in time: ISO 8601, a date or a date and time, with or without a zone."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text; without a zone the merchant's is meant."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time; write it like 2026-11-22 or 2026-11-22T06:00+01:00.", param, ctx)


class Encoding(click.ParamType):
    """A character encoding that Python knows."""

    name = "encoding"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the codec's name."""
        import codecs

        try:
            return codecs.lookup(str(value)).name
        except LookupError:
            self.fail(f"{value!r} is not an encoding; for example utf-8, cp1252 or utf-16.", param, ctx)
