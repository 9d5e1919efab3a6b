"""RatingPlan: the settings of a rating by a language model (server, prompts, mode, repeats)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from ..._checks import check_choice, check_count
from ...errors import ParameterError, ResourceError
from ...inventories import Inventory, load_inventory
from ..rows import BadCell, as_id
from ..schema import PERSPECTIVES
from .prompts import MODES

OVERFLOWS = ("error", "head_tail", "chunk")
#: Below this share of the probability on the digits of the scale, samples are drawn instead.
LEAST_MASS = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPlan:
    """The settings of a rating by a language model.

    Parameters
    ----------
    base_url : str
        A server with OpenAI's chat completions, e.g. ``http://127.0.0.1:8080/v1``.
    model : str
        Name of the model at the server, without white space. Answers are stored under it: give
        another model another name.
    inventory : path, Inventory or None
        Statements to rate, see `load_inventory`; None: `alliance-18-en`. The ends of its scale
        are whole numbers.
    perspective : {"observer", "client", "therapist"}
        Perspective from which the model answers; the statements need a wording for it.
    mode : {"direct_logprob", "rationale_then_score", "sampled_mean"}
        direct_logprob: expected rating over the digits of the scale, from the probabilities of
        one token; the scale must be within 0 to 9. rationale_then_score: reasons, turns as
        evidence, then the rating, as JSON. sampled_mean: mean of `samples` drawn answers.
    samples : int
        Answers drawn by sampled_mean, and where direct_logprob falls back on it.
    repeats : int
        How often everything is asked; the column `run` counts from 1.
    temperature : float, optional
        None: 1 for samples, 0.7 for rationales. The token of direct_logprob is read at 0.
    max_tokens : int
        Largest number of tokens in an answer of rationale_then_score.
    rationale_chars : int
        Longest rationale, in characters, that is asked for; longer ones are cut.
    overflow : {"error", "head_tail", "chunk"}
        For a session longer than the model's context. error: a row says so. head_tail: the
        beginning and the end, half of the text, a quarter, ... until it fits; the prompt says
        which turns are left out. chunk: 2, 4, ... parts, and the mean of their ratings.
    seed : int
        Each call has its own seed made from it.
    concurrency : int
        Calls at the same time.
    rate_limit : float, optional
        Largest number of requests per minute.
    timeout : float
        Seconds until a call is given up.
    retries : int
        How often a call is sent again, each time with a new seed, after an error of the server.
    price_in, price_out : float, optional
        Price of 1000 tokens sent and received, in the currency of your choice.
    allow_remote : bool
        Whether transcripts may be sent to another machine.
    with_rationales : bool
        Keep rationales. They are text about a session.
    rater : str, optional
        Name in the column `rater`; None: the model.

    Raises
    ------
    ParameterError
        If a setting is malformed.
    ResourceError
        If the inventory cannot be read or lacks the wording.
    """

    base_url: str
    model: str
    inventory: Inventory | Path | str | None = None
    perspective: str = "observer"
    mode: str = "direct_logprob"
    samples: int = 5
    repeats: int = 1
    temperature: float | None = None
    max_tokens: int = 800
    rationale_chars: int = 600
    overflow: str = "error"
    seed: int = 0
    concurrency: int = 4
    rate_limit: float | None = None
    timeout: float = 300.0
    retries: int = 8
    price_in: float | None = None
    price_out: float | None = None
    allow_remote: bool = False
    with_rationales: bool = False
    rater: str | None = None

    def __post_init__(self) -> None:
        check_choice("perspective", self.perspective, PERSPECTIVES)
        check_choice("mode", self.mode, MODES)
        check_choice("overflow", self.overflow, OVERFLOWS)
        for name in ("samples", "repeats", "max_tokens", "rationale_chars", "concurrency"):
            check_count(name, getattr(self, name))
        for name in ("seed", "retries"):
            check_count(name, getattr(self, name), least=0)
        for name in ("temperature", "price_in", "price_out"):
            _check_number(name, getattr(self, name), 0.0)
        for name in ("rate_limit", "timeout"):
            _check_number(name, getattr(self, name), math.ulp(0.0))
        if (self.price_in is None) != (self.price_out is None):
            raise ParameterError("`price_in` and `price_out` go together; one is missing.")
        for name in ("model", "rater"):
            _check_label(name, getattr(self, name), required=name == "model")

    @property
    def rater_name(self) -> str:
        """Name in the column `rater`."""
        return self.rater or self.model

    @property
    def sampling_temperature(self) -> float:
        """Temperature of answers that are drawn."""
        default = 0.7 if self.mode == "rationale_then_score" else 1.0
        return default if self.temperature is None else self.temperature

    def with_inventory(self) -> RatingPlan:
        """Return the plan with its inventory read and checked against the mode."""
        inventory = load_inventory(self.inventory)
        inventory.texts(self.perspective)
        for end in (inventory.low, inventory.high):
            if not float(end).is_integer():
                raise ResourceError(
                    f'Inventory "{inventory.name}": a model rates on a scale with whole ends, '
                    f"and {end:g} is not one."
                )
        if self.mode == "direct_logprob" and not 0 <= inventory.low < inventory.high <= 9:
            raise ParameterError(
                f'`mode` is "direct_logprob", which reads one digit, and the scale of inventory '
                f'"{inventory.name}" is {inventory.low:g} to {inventory.high:g}; use '
                '"sampled_mean".'
            )
        for what, label in (
            ("name", inventory.instrument or inventory.name),
            *(("item id", item.id) for item in inventory.items),
            *(("subscale", item.subscale) for item in inventory.items),
        ):
            _check_label(f"{what} of the inventory", label, required=True)
        return replace(self, inventory=inventory)

    @property
    def items(self) -> Inventory:
        """The inventory, once it is read."""
        if not isinstance(self.inventory, Inventory):
            raise ParameterError("`inventory` is not read yet; `with_inventory` does it.")
        return self.inventory

    @property
    def scale(self) -> tuple[int, int]:
        """Lowest and highest rating."""
        return int(self.items.low), int(self.items.high)


def _check_number(name: str, value: float | None, least: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= least:
        bound = "above 0" if least else "0 or more"
        raise ParameterError(f"`{name}` is {value!r}; it must be a number, {bound}.")
    if math.isinf(value):
        raise ParameterError(f"`{name}` must be finite.")


def _check_label(name: str, value: str | None, *, required: bool) -> None:
    problem = "is missing" if required and value is None else None
    try:
        as_id(value)
    except BadCell as error:
        problem = error.problem
    if problem is not None:
        raise ParameterError(
            f"`{name}` {problem}; it must be 1 to 128 printable characters without white space."
        )
