"""Groups of options: declared once, built into one value, shared by commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_args

from typer.models import ArgumentInfo


class Group:
    """Marks a parameter of a command that stands for several options.

    Parameters
    ----------
    build : callable
        Its parameters are the options; it returns the value that the command receives.
    without : tuple of str
        Options that the command does not have.
    changed : annotations
        Options by name with another annotation for this command; one that may be None may be
        left out on the command line.
    """

    def __init__(
        self, build: Callable[..., Any], *, without: tuple[str, ...] = (), **changed: Any
    ) -> None:
        self.build, self.without, self.changed = build, without, changed

    def options(self) -> list[inspect.Parameter]:
        """Return the parameters that the command has in the place of the group."""
        options = []
        for option in _parameters(self.build):
            if option.name in self.without:
                continue
            if option.name in self.changed:
                option = option.replace(annotation=self.changed[option.name])
                if type(None) in get_args(get_args(option.annotation)[0]):
                    option = option.replace(default=None)
            options.append(option)
        return options


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has the options of its groups in the place of the groups.

    Arguments take the place of the group; options follow those of the command itself.
    """
    own: list[inspect.Parameter] = []
    shared: list[inspect.Parameter] = []
    groups: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for parameter in _parameters(command):
        group = _metadata(parameter, Group)
        if group is None:
            own.append(parameter)
            continue
        options = group.options()
        groups[parameter.name] = group.build, [option.name for option in options]
        for option in options:
            (own if _metadata(option, ArgumentInfo) else shared).append(option)

    def call(**given: Any) -> None:
        built = {
            name: build(**{option: given.pop(option) for option in options})
            for name, (build, options) in groups.items()
        }
        command(**given, **built)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared)]
    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters with their annotations as types."""
    names = getattr(function, "__globals__", {})
    return [
        each.replace(annotation=eval(each.annotation, names))
        if isinstance(each.annotation, str)
        else each
        for each in inspect.signature(function).parameters.values()
    ]


def _metadata(parameter: inspect.Parameter, kind: type) -> Any:
    """Return the metadata of a kind in the annotation of a parameter, or None."""
    marks = getattr(parameter.annotation, "__metadata__", ())
    return next((mark for mark in marks if isinstance(mark, kind)), None)
