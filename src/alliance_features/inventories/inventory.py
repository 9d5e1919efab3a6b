"""An inventory, and how it is read from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import ResourceError
from ..wai import instrument
from .files import check_fields, read_fields

SHIPPED = "alliance-18-en"
PERSPECTIVES = ("client", "therapist", "observer")
SUBSCALES = ("goal", "task", "bond")
_FIELDS = ("id", "subscale", "sign", *PERSPECTIVES, *(f"negated_{who}" for who in PERSPECTIVES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One statement.

    Attributes
    ----------
    id : str
    subscale : str
        Usually "goal", "task" or "bond".
    sign : {1, -1}
        -1 for a reversed statement, which speaks against the alliance.
    wordings : mapping of str to str
        By perspective: "client", "therapist", "observer".
    negated : mapping of str to str
        The statement denied, by perspective; may be empty.
    """

    id: str
    subscale: str
    sign: int
    wordings: Mapping[str, str]
    negated: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Statements about the alliance, in order.

    Attributes
    ----------
    name : str
    version : str
    language : str
        Primary language code of the wordings.
    low, high : float
        Ends of the rating scale.
    instrument : str or None
        Published instrument whose keys the items follow, see `wai.instrument`.
    sha256 : str
        Hash of the file, as in every manifest.
    items : tuple of Item
    """

    name: str
    version: str
    language: str
    low: float
    high: float
    instrument: str | None
    sha256: str
    items: tuple[Item, ...]

    @property
    def subscales(self) -> tuple[str, ...]:
        """Subscales in the order in which they occur."""
        return tuple(dict.fromkeys(item.subscale for item in self.items))

    def signs(self, subscale: str) -> dict[int, int]:
        """Return the place and the sign of each item of a subscale."""
        return {
            place: item.sign for place, item in enumerate(self.items) if item.subscale == subscale
        }

    def texts(self, perspective: str, *, negated: bool = False) -> list[str]:
        """Return the wordings for one perspective, in order.

        Raises
        ------
        ResourceError
            If an item has no such wording.
        """
        lists = [item.negated if negated else item.wordings for item in self.items]
        for item, wordings in zip(self.items, lists, strict=True):
            if perspective not in wordings:
                kind = "negated wording" if negated else "wording"
                raise ResourceError(
                    f'Inventory "{self.name}", item "{item.id}" has no {kind} for the '
                    f"{perspective}; add the column "
                    f'"{"negated_" if negated else ""}{perspective}".'
                )
        return [wordings[perspective] for wordings in lists]


def load_inventory(source: str | Path | Inventory | None = None) -> Inventory:
    """Return an inventory: the shipped one, or one from a file.

    Parameters
    ----------
    source : path, Inventory or None
        None is ``alliance-18-en``: eighteen statements of our own, six per subscale, three of
        them reversed. A file is TOML (keys ``name``, ``language``, ``low``, ``high``, optionally
        ``version`` and ``instrument``, and one table ``[[items]]`` per item) or CSV (one row per
        item; name of the file as name, scale from the columns ``low`` and ``high``). Items have
        ``id``, ``subscale``, ``sign`` (1 or -1), at least one of ``client``, ``therapist``,
        ``observer`` and, if there are any, ``negated_client`` and so on.

    Returns
    -------
    Inventory

    Raises
    ------
    ResourceError
        If the file cannot be read or is malformed, or its keys are not those of the instrument
        that it names. The wording of the Working Alliance Inventory belongs to its authors: no
        file of it is shipped.

    Examples
    --------
    >>> inventory = load_inventory()
    >>> len(inventory.items), inventory.subscales
    (18, ('goal', 'task', 'bond'))
    >>> sum(inventory.signs("bond").values())
    0
    """
    if isinstance(source, Inventory):
        return source
    return _shipped() if source is None else _parse(Path(source).name, *_content(Path(source)))


@cache
def _shipped() -> Inventory:
    file = resources.files(__package__).joinpath(f"{SHIPPED}.toml")
    return _parse(file.name, file.read_bytes(), ".toml")


def _content(path: Path) -> tuple[bytes, str]:
    try:
        return path.read_bytes(), path.suffix.lower()
    except OSError as error:
        reason = error.strerror
    raise ResourceError(f"The inventory {path} cannot be read: {reason}.")


def _parse(name: str, content: bytes, suffix: str) -> Inventory:
    head, rows = read_fields(name, content, suffix)
    items = tuple(_item(name, place, row) for place, row in enumerate(rows, 1))
    ids = [item.id for item in items]
    for place, item_id in enumerate(ids, 1):
        if item_id in ids[: place - 1]:
            first = ids.index(item_id) + 1
            raise ResourceError(f"{name}: items {first} and {place} have the same id.")
    inventory = Inventory(
        name=head["name"],
        version=str(head.get("version", 1)),
        language=str(head["language"]).split("-")[0],
        low=float(head["low"]),
        high=float(head["high"]),
        instrument=head.get("instrument"),
        sha256=hashlib.sha256(content).hexdigest(),
        items=items,
    )
    if inventory.instrument is not None:
        _check_keys(name, inventory, inventory.instrument)
    return inventory


def _item(name: str, place: int, row: Mapping[str, Any]) -> Item:
    where = f"{name}, item {place}"
    check_fields(where, row, _FIELDS)
    for field in ("id", "subscale", "sign"):
        if row.get(field) in (None, ""):
            raise ResourceError(f'{where}: "{field}" is missing.')
        if len(str(row[field]).split()) > 1:
            raise ResourceError(
                f'{where}: "{field}" must be one word; statements belong in other columns.'
            )
    if str(row["sign"]) not in ("1", "-1", "+1"):
        raise ResourceError(f'{where}: "sign" must be 1 or -1.')
    wordings = {who: str(row[who]) for who in PERSPECTIVES if row.get(who)}
    negated = {who: str(row[f"negated_{who}"]) for who in PERSPECTIVES if row.get(f"negated_{who}")}
    if not wordings:
        raise ResourceError(f"{where}: there is no wording; give one of {', '.join(PERSPECTIVES)}.")
    if str(row["subscale"]) != str(row["subscale"]).strip().lower():
        raise ResourceError(f'{where}: "subscale" must be in lower case, such as "goal".')
    return Item(
        id=str(row["id"]),
        subscale=str(row["subscale"]),
        sign=int(row["sign"]),
        wordings=wordings,
        negated=negated,
    )


def _check_keys(name: str, inventory: Inventory, instrument_name: str) -> None:
    """Raise an error if the keys are not those of the instrument that the file names."""
    known = instrument(instrument_name)
    if len(inventory.items) != known.n_items:
        raise ResourceError(
            f"{name}: {known.name} has {known.n_items} items; the file has {len(inventory.items)}."
        )
    places: dict[int, str] = {
        number: dimension for dimension, numbers in known.keys.items() for number in numbers
    }
    for number, item in enumerate(inventory.items, 1):
        sign = -1 if number in known.reversed_items else 1
        if (item.subscale, item.sign) != (places[number], sign):
            raise ResourceError(
                f'{name}, item {number}: {known.name} has subscale "{places[number]}" and sign '
                f"{sign} here, and the file another. Keep the order of the instrument."
            )


def check_subscales(inventory: Inventory, wanted: Sequence[str] = SUBSCALES) -> None:
    """Raise an error for an inventory that lacks a subscale."""
    for subscale in wanted:
        if subscale not in inventory.subscales:
            raise ResourceError(
                f'Inventory "{inventory.name}" has no item of subscale "{subscale}"; add some.'
            )
