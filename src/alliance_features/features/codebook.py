"""The registry as pages to read: a list, an entry, a codebook in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .null_codes import NULL_CODES
from .spec import FeatureSpec

NEEDS = {
    "lexicon": "word lists for the language",
    "function_words": "lists of function words for the language",
    "cues": "lists of cues for the language",
    "spaces": "writing that parts words by spaces",
    "verbatim": "speech, transcribed verbatim (`verbatim` true, `mode` not typed or generated)",
    "typed": "typed text (`mode` typed)",
    "vectors": "word vectors for the language",
    "tagger": "a part-of-speech tagger that the user names",
    "inventory": "statements about the alliance in the language of the session",
    "polarity": "vectors that tell straight from reversed statements (the shipped ones do not)",
    "times": "a start for the turns, never running backwards",
    "ends": "an end for the turns",
}
_INTRODUCTION = """\
# Codebook

Every column of the tables: what it is, how to read it, when it is empty. Made from the registry by
`alliance-features describe --format markdown`.

- **Turn**: all that one person says before the other speaks (rows of one speaker are merged).
- **Word**: what stands between spaces, without punctuation; "don't" and "well-being" are one word.
  Bracketed annotations, filled pauses (um), repetitions (I *I* think) and cut-offs (th-) are none.
- **Rates** (`_rate`) are per 100 words of the speaker, summed over the session before dividing.
- **Distance**: the exact Word Mover's Distance between what is said in two turns, 0 (same words) to
  2; words of similar meaning are near. **Lower is closer**.
- **Anchor** is the speaker who is answered, **responder** the one who answers.
- **Expected signs** are hypotheses from the study named, not coefficients.
- The table of turns (`--level turn`) has session_id, turn_index (0-based index of the first
  original turn), n_merged (how many original turns it holds) and role before its features.
- An empty value was not measurable or is undefined; it is never a zero. `nulls/` says why."""


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return "any number" if high is None else f"{high:g} or less"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def expected(facts: dict[str, Any] | None) -> str:
    """Return a published association in one line."""
    if facts is None:
        return ""
    kind = "exploratory, " if facts["exploratory"] else ""
    sign = "+" if facts["sign"] > 0 else "-"
    return f"{sign} ({kind}n = {facts['n']}): {facts['effect']} ({facts['study']})"


def _empty_when(spec: FeatureSpec) -> str:
    wants = [NEEDS[need] for need in spec.needs]
    if spec.lists:
        names = ", ".join(f"`{name}`" for name in spec.lists)
        wants.append(f"in them {names}")
    if str(spec.support) != "none":
        wants.append(str(spec.support))
    return "; ".join(wants)


def facts(spec: FeatureSpec) -> list[tuple[str, str]]:
    """Return what there is to say of a feature, labelled, in reading order."""
    lines = [
        ("Unit", f"{spec.unit}, {_range(spec.low, spec.high)}"),
        ("How", spec.definition),
        ("Cases", spec.edge_cases),
        ("Read it as", spec.direction),
        ("Measured only with", _empty_when(spec)),
        ("Expected", expected(spec.describe()["expected"])),
        ("Confounded with", spec.confounds),
        ("Source", spec.source),
        ("Version", f"{spec.version}{'' if spec.core else ', not in the set core'}"),
    ]
    return [(label, text) for label, text in lines if text]


def as_text(spec: FeatureSpec) -> str:
    """Return one entry in full."""
    lines = [spec.name, f"  {spec.title} (group {spec.group}, one value a {spec.level})"]
    return "\n".join([*lines, *(f"  {label + ':':<19} {text}" for label, text in facts(spec))])


def as_list(specs: Sequence[FeatureSpec]) -> str:
    """Return one line an entry, by group."""
    width = max(len(spec.name) for spec in specs)
    lines, group = [], ""
    for spec in specs:
        if spec.group != group:
            group = spec.group
            lines.append(f"{group}:")
        lines.append(f"  {spec.name:<{width}}  {spec.unit} - {spec.title}")
    lines.append("`alliance-features describe NAME` gives definition, range and null cases.")
    return "\n".join(lines)


def _swapped(text: str) -> str:
    return text.replace("therapist", "\0").replace("client", "therapist").replace("\0", "client")


def _pairs(specs: Sequence[FeatureSpec]) -> list[list[FeatureSpec]]:
    """Return entries with their twin, the same feature with the roles exchanged."""
    by_name = {spec.name: spec for spec in specs}
    pairs, done = [], set()
    for spec in specs:
        if spec.name in done:
            continue
        twin = by_name.get(_swapped(spec.name))
        alike = (
            twin is not None and twin is not spec and _swapped(spec.definition) == (twin.definition)
        )
        pairs.append([spec, twin] if twin is not None and alike else [spec])
        done |= {twin.name for twin in pairs[-1]}
    return pairs


def _section(pair: list[FeatureSpec]) -> list[str]:
    first, *others = pair
    names = ", ".join(f"`{spec.name}`" for spec in pair)
    lines = ["", f"### {first.title}", "", names]
    if others:
        lines += ["", "The text speaks of the first; for the other, exchange the roles."]
    lines.append("")
    for label, text in facts(first):
        if label != "Expected":
            lines.append(f"- **{label}**: {text}")
    for spec in pair:
        published = expected(spec.describe()["expected"])
        if published:
            lines.append(f"- **Expected** for the {spec.role}: {published}")
    return lines


def as_markdown(specs: Sequence[FeatureSpec]) -> str:
    """Return a codebook: a part a group, a section a feature or pair of features."""
    lines, part = [_INTRODUCTION], ("", "")
    for pair in _pairs(specs):
        if (pair[0].level, pair[0].group) != part:
            part = (pair[0].level, pair[0].group)
            of_turns = ", columns of the table of turns" if part[0] == "turn" else ""
            lines += ["", f"## {part[1].capitalize()}{of_turns}"]
        lines += _section(pair)
    lines += ["", "## Why a value is empty", ""]
    lines += [f"- `{code}`: {meaning}" for code, meaning in NULL_CODES.items()]
    return "\n".join(lines)
