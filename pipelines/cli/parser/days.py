"""Days as arguments, and an option that takes several values at once: ``--as-of 2026-01-01 2026-02-01``."""

from __future__ import annotations

from datetime import date, datetime

import click


class Day(click.ParamType):
    """A day: ``2026-11-22``."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the text."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it like 2026-11-22.", param, ctx)


class SeveralValues(click.Command):
    """A command whose repeatable options take all values up to the next option, besides being repeated."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat an option's name before each of its values."""
        repeatable = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, spread(args, repeatable))


def spread(args: list[str], repeatable: set[str]) -> list[str]:
    """Arguments in which each value of a repeatable option has its name before it.

    Args:
        args: as typed.
        repeatable: names such as ``--as-of``.
    """
    spread_args: list[str] = []
    name, is_first = "", False
    for arg in args:
        option = arg.partition("=")[0]
        if arg.startswith("-"):
            name, is_first = (option, "=" not in arg) if option in repeatable else ("", False)
        elif name and not is_first:
            spread_args.append(name)
        else:
            is_first = False
        spread_args.append(arg)
    return spread_args
