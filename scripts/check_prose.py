"""Find phrases that only this project would write, and say what to write instead.

    python scripts/check_prose.py [FILE ...]

Checks README, CONTRIBUTING, the pages in docs/ and the docstrings and messages in src/, or the
files that are named. Single words are in docs/idioms.txt, which codespell reads; here are phrases.
Prints one line per phrase, ``file:line: phrase -> remedy``, and exits with 1 if there is any.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Generated from src, where the same sentences are checked.
GENERATED = ("docs/codebook.md",)
#: What simulated speakers say and what models are asked: a change would be other data.
SPOKEN = (
    "src/alliance_features/simulation/wording.py",
    "src/alliance_features/raters/llm/prompts.py",
)

_THING = (
    "bytes|columns?|conditions?|dyads|files?|GB|instructions|items|lines?|matrix|MB|megabytes|"
    "microseconds|modules?|ms|numbers?|objects?|one|pairs?|panels?|requests|roles?|rows?|"
    "seconds|sessions?|slopes?|tables?|tasks?|texts?|times?|turns?|two|units|us|values?|"
    "vectors?|words?"
)
_UNIT = (
    "category|client|column|command|condition|course|dimension|feature|file|fold|format|item|"
    "language|line|module|pair|part|process|rater|repeat|role|row|score|session|side|signal|"
    "speaker|statement|step|subscale|task|term|text|therapist|thread|token|turn|word|worker"
)
_VERB = (
    "can|does|gave|gives?|had|has|holds?|is|lacks?|may|needs?|occurs|said|that|uses?|was|who|with"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase, what to write instead, and a sentence of either kind.

    Attributes
    ----------
    pattern : str
        Regular expression; a space stands for any white space, also a line end.
    remedy : str
    wrong, right : str
        A sentence in which the pattern is found, and one in which it is not.
    """

    pattern: str
    remedy: str
    wrong: str
    right: str

    def search(self, text: str) -> Iterator[re.Match[str]]:
        """Yield every place where the phrase is found."""
        return re.finditer(self.pattern.replace(" ", r"\s+"), text, re.IGNORECASE)


RULES = (
    Rule(
        rf"\b(?:{_THING}) an? (?:{_UNIT})\b(?! (?:{_VERB})\b)",
        "write `per session`, `per turn`, ... (`one row per session`)",
        "The table has one row a session.",
        "The table has one row per session, and the words a client said are not in it.",
    ),
    Rule(
        r"\b(?:a|each|every|one|two) (?:labels?|scores?|ratings?) an? "
        rf"(?:{_UNIT})\b(?! (?:{_VERB})\b)",
        "write `one score per session`",
        "There is one score a dimension.",
        "A score of a dimension; rating a session takes ten minutes.",
    ),
    Rule(
        rf"\b(?:once|twice) an? (?:{_UNIT})\b(?! (?:{_VERB})\b)",
        "write `once per process`",
        "Vectors are read once a process.",
        "Once a session is read, it is measured.",
    ),
    Rule(
        r"\bthe (?:number|size|time) an? (?:session|turn|process)\b",
        "write `the time per session`",
        "the time a session on this machine",
        "the time of a session",
    ),
    Rule(
        r"\b(?:tells?|told) of\b",
        "say how the two are related: `how signals relate to ratings`",
        "What do signals tell of ratings?",
        "How do signals relate to ratings? The table tells you.",
    ),
    Rule(
        r"\btold (?:from|by)\b",
        "write `recognised by` or `distinguished from`",
        "The format is told from the name.",
        "The format is recognised by the name; below ten points they cannot be told apart.",
    ),
    Rule(
        r"\bwhat (?:[\w'`-]+ ){1,5}(?:is|are) made of\b",
        "say what it is computed from, or what it consists of",
        "a session with what every signal is made of",
        "a session with the tokens and distances that signals are computed from",
    ),
    Rule(
        r"\bwhat (?:[\w'`-]+ ){1,4}(?:came|comes?) to\b",
        "write `the result of` or `a summary of`",
        "Print what the extraction came to.",
        "Print a summary of the extraction, which came to an end.",
    ),
    Rule(
        r"\b(?:be|is|are|was|were) (?:to be )?had\b",
        "write `is available`",
        "None is every row that can be had.",
        "Every row that is available; it had no words.",
    ),
    Rule(
        r"\bof (?:ours|yours)\b",
        "write `our`, `your` or `your own`",
        "in a pipeline of yours",
        "in your own pipeline",
    ),
    Rule(
        r"\bsets? (?:[\w'`-]+ ){1,6}beside\b",
        "write `compare ... with`",
        "Set the synchrony of each session beside that of strangers.",
        "Compare the synchrony of each session with that of strangers.",
    ),
    Rule(
        r"\bbut for\b",
        "write `except for`",
        "the same bytes but for the times",
        "the same bytes except for the times, but not for long",
    ),
    Rule(
        r"\b(?:at most|by|up to|within) so many\b",
        "write `up to this many`",
        "merged turns up to so many apart",
        "so many turns that the table grows",
    ),
    Rule(
        r"(?<!here[ \n])\b(?:is|are|was|were) no "
        r"(?!better|closer|doubt|easier|evidence|fewer|guarantee|harder|higher|larger|less|longer|lower|"
        r"matter|more|need|one|other|reason|shorter|smaller|such|way|worse)\w+",
        "write `is not a`",
        "A filled pause is no word.",
        "A filled pause is not a word, there is no word for it, and it is no longer than a word.",
    ),
    Rule(
        r"\bstands? in (?:a|an|the|its|their|each|every|this|`\w+)\b",
        "write `is in`",
        "The hash stands in the manifest.",
        "The hash is in the manifest; the jackknife stands in for the bootstrap.",
    ),
    Rule(
        r"\b(?:as|in what order) (?:they|it) (?:come|comes|came)\b",
        "write `in input order`",
        "Sessions are rows as they come.",
        "Sessions are rows in input order.",
    ),
    Rule(
        r"\b(?:(?:is|are|be|were|was) dealt(?! with)|deal[st]? (?:anew|out)|dealt into)\b",
        "write `assigned` or `divided`",
        "Clients are dealt into five folds.",
        "Clients are divided into five folds; errors are dealt with later.",
    ),
    Rule(
        r"\bless (?:client|early|that of|the mean|the same|r_\w+)\b",
        "write `minus`",
        "A gap is therapist less client.",
        "A gap is therapist minus client, and less common than agreement.",
    ),
    Rule(
        r"\bdivisions? into folds\b",
        "write `folds`, or `repeat` for a further one",
        "How many divisions into folds.",
        "How many repeats of the folds.",
    ),
    Rule(
        r"\bgo(?:es)? on (?:where|from|in|to the)\b",
        "write `continues`",
        "A run that was stopped goes on where it was.",
        "A run that was stopped continues at the next part.",
    ),
    Rule(
        r"\b(?:is|are|was|not|none) at hand\b",
        "write `is available`",
        "No treebank was at hand.",
        "No treebank was available; the task at hand is another.",
    ),
)


def mask_markdown(text: str) -> str:
    """Return a page with code, comments and generated tables blanked out, line ends kept."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", "\0", found.group())

    generated = r"<!-- generated by [^\n]*: begin -->.*?<!-- generated by [^\n]*: end -->"
    for pattern, flags in (
        (generated, re.DOTALL),
        (r"<!--.*?-->", re.DOTALL),
        (r"^```.*?^```", re.DOTALL | re.MULTILINE),
        (r"(?<=\n\n)(?:(?: {4}|\t)[^\n]*\n)+", 0),
        (r"`[^`\n]+`", 0),
    ):
        text = re.sub(pattern, blank, text, flags=flags)
    return text


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring and string literal that holds a phrase."""
    nodes = list(ast.walk(ast.parse(source)))
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in formatted for part in node.values}
    for node in formatted:
        parts = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
        yield node.lineno, "".join(map(str, parts))
    for node in nodes:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.lineno, node.value


def find(path: Path) -> list[tuple[int, str, str]]:
    """Return line, phrase and remedy of every hit in a file, in order of lines."""
    source = path.read_text(encoding="utf-8")
    hits = set()
    for first, text in strings(source) if path.suffix == ".py" else [(1, mask_markdown(source))]:
        flush = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
        for rule in RULES:
            for found in rule.search(flush):
                line = first + flush.count("\n", 0, found.start())
                hits.add((line, " ".join(found.group().split()), rule.remedy))
    return sorted(hits)


def checked_files() -> list[Path]:
    """Return the files that are checked if none is named."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    modules = sorted((ROOT / "src").rglob("*.py"))
    left_out = {ROOT / name for name in (*GENERATED, *SPOKEN)}
    return [path for path in (*pages, *modules) if path not in left_out]


def main(names: Iterable[str]) -> int:
    """Print every hit; return the exit code."""
    n_hits = 0
    for path in [Path(name).resolve() for name in names] or checked_files():
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        for line, phrase, remedy in find(path):
            print(f"{shown}:{line}: {phrase!r} -> {remedy}")
            n_hits += 1
    return 1 if n_hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
