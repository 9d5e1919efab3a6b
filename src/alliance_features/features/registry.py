"""All features: by name, by group, by set."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..errors import ParameterError
from .signals import (
    acts,
    affect,
    asking,
    closing,
    expression,
    fluency,
    kwon2025,
    overlap_trends,
    pronouns,
    ryu2023,
    shape,
    stance,
    style,
    timing,
    trends,
    typed,
    volume,
)
from .signals import alignment as alignment_specs
from .signals import alliance as alliance_specs
from .signals import clid as clid_specs
from .signals import lagged as lagged_specs
from .signals import surrogates as surrogate_specs
from .signals import synchrony as synchrony_specs
from .spec import FeatureSpec, in_this_version

LEVELS = ("session", "turn")
_MODULES = (
    volume,
    pronouns,
    fluency,
    typed,
    timing,
    clid_specs,
    synchrony_specs,
    surrogate_specs,
    lagged_specs,
    style,
    alignment_specs,
    trends,
    overlap_trends,
    ryu2023,
    kwon2025,
    acts,
    stance,
    affect,
    shape,
    asking,
    expression,
    closing,
    alliance_specs,
)
GROUPS = (
    "volume",
    "pronouns",
    "fluency",
    "typed",
    "timing",
    "synchrony",
    "style",
    "ryu2023",
    "kwon2025",
    "acts",
    "stance",
    "affect",
    "shape",
    "closing",
    "alliance",
)
_ALL: tuple[FeatureSpec, ...] = tuple(
    sorted(
        (in_this_version(spec) for module in _MODULES for spec in module.SPECS),
        key=lambda spec: GROUPS.index(spec.group),
    )
)
_BY_NAME = {(spec.level, spec.name): spec for spec in _ALL}
SETS = ("core", "all", *GROUPS)


def select_features(
    features: str | Iterable[str] = "core", *, level: str = "session"
) -> list[FeatureSpec]:
    """Return the entries named: sets, groups or features, in registry order.

    A group's name is a set: the group, and what else names it in `FeatureSpec.sets`. So
    `synchrony` is the groups synchrony and style, and `style` the group alone.

    Raises
    ------
    ParameterError
        If a name is unknown or nothing is named.
    """
    return select_by_level(features, (level,))[level]


def select_by_level(
    features: str | Iterable[str], levels: Iterable[str], user: Iterable[FeatureSpec] = ()
) -> dict[str, list[FeatureSpec]]:
    """Return the entries named for each level; every name must fit one of the levels.

    `user` are entries made from the user's dictionary: they follow, all of them, named or not.
    """
    if not isinstance(features, Iterable):
        raise ParameterError(
            f"`features` is {type(features).__name__}; it must be a name or a list of names."
        )
    wanted = [features] if isinstance(features, str) else list(features)
    if not wanted:
        raise ParameterError("`features` is empty; name a set such as `core`.")
    known = (*_ALL, *user)
    candidates = [spec for level in levels for spec in known if spec.level == level]
    for word in wanted:
        if not any(_matches(spec, word) for spec in candidates):
            groups = {spec.group for spec in candidates}
            hint = _hint(str(word), ["core", "all", *sorted(groups), *(s.name for s in candidates)])
            raise ParameterError(
                f"`features` names {word!r}, which is not a set, group or feature of level "
                f"{' or '.join(levels)}.{hint} `alliance-features describe` lists them."
            )
    return {
        level: [
            spec
            for spec in candidates
            if spec.level == level
            and (spec.dictionary or any(_matches(spec, word) for word in wanted))
        ]
        for level in levels
    }


def _hint(word: str, names: list[str]) -> str:
    """Name what a misspelt word may mean: names that hold it, or else the most alike."""
    near = [name for name in names if len(word) > 2 and word in name]
    near = near or difflib.get_close_matches(word, names, n=1)
    return f" Is {' or '.join(f'`{name}`' for name in near[:3])} meant?" if near else ""


def _matches(spec: FeatureSpec, word: object) -> bool:
    return word in ("all", spec.group, spec.name, *spec.sets) or (word == "core" and spec.core)


def list_features(features: str | Iterable[str] = "all", *, level: str = "session") -> list[str]:
    """Return the names of features, in the order of the columns.

    Parameters
    ----------
    features : str or iterable of str, default="all"
        Sets (``core``, ``all``, ``synchrony``, ``process``, ``near_leakage``), groups (``volume``,
        ``pronouns``, ``acts``, ...) or single names.
    level : {"session", "turn"}, default="session"

    Examples
    --------
    >>> list_features("synchrony")[:2]
    ['dyad__uclid__anchor_therapist', 'dyad__nclid__anchor_therapist']
    """
    return [spec.name for spec in select_features(features, level=level)]


def describe_feature(name: str, *, level: str | None = None) -> FeatureSpec:
    """Return the registry entry of a feature.

    Parameters
    ----------
    name : str
        Name of the column.
    level : {"session", "turn"}, optional
        None looks among the features of sessions first.

    Raises
    ------
    ParameterError
        If there is no such feature.

    Examples
    --------
    >>> describe_feature("therapist__i_rate").unit
    'per 100 words'
    """
    for each_level in LEVELS if level is None else (level,):
        if (each_level, name) in _BY_NAME:
            return _BY_NAME[each_level, name]
    hint = _hint(str(name), [key[1] for key in _BY_NAME])
    raise ParameterError(f"There is no feature {name!r}.{hint}")


def parse_name(name: str) -> FeatureSpec:
    """Return the entry whose name it is: names are read back by looking them up."""
    return describe_feature(name)
