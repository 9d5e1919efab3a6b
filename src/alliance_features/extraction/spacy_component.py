"""A component of spaCy: the features of a session as an attribute of its document.

spaCy finds it by the entry point ``spacy_factories``, so that ``nlp.add_pipe("alliance_features")``
works without an import. It loads the entry point with any pipeline, so this module imports
little. Besides `text`, only this module imports spaCy. Its annotations are not strings, which spaCy
3.7 could not read.
"""

from collections.abc import Mapping
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import ParameterError, ResourceError
from ..transcript import Session
from ..transcript.session import check_session

SESSION = "alliance_session"
FEATURES = "alliance_features"
_BREAK = "\n"
_REMEDY = (
    "Make the document with `session_to_doc(nlp, session)`, or mark its turns in "
    'doc.spans["turns"] with the labels therapist and client.'
)


def _extend() -> None:
    """Declare the attributes; all documents have them from then on."""
    for name in (SESSION, FEATURES):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)


def session_to_doc(nlp: Any, session: Session) -> Any:
    """Return the document of a session: one line per turn, cut by the pipeline's tokenizer.

    No component runs: ``nlp(doc)`` and ``nlp.pipe(docs)`` take what this returns.

    Parameters
    ----------
    nlp : spacy.Language
        Any pipeline; `alliance_features` measures the text, not the tokens of the document.
    session : Session

    Returns
    -------
    spacy.tokens.Doc
        ``doc._.alliance_session`` holds the fields of the session except `meta`, and for each
        turn its role, times (seconds or None) and its place: ``start_char`` and ``end_char``
        in ``doc.text``. All of it is plain data, which ``doc.to_bytes`` keeps.

    Raises
    ------
    ParameterError
        If an argument is something else, or the text is longer than ``nlp.max_length``.
    ResourceError
        If the tokenizer of the pipeline fails, or gives another text back.

    Examples
    --------
    >>> import spacy
    >>> from alliance_features import Session, Turn, session_to_doc
    >>> session = Session(session_id="s1", language="en", turns=[
    ...     Turn(role="client", text="It was hard."), Turn(role="therapist", text="Hard how?")])
    >>> nlp = spacy.blank("en")
    >>> _ = nlp.add_pipe("alliance_features", config={"features": ["client__words_n"]})
    >>> nlp(session_to_doc(nlp, session))._.alliance_features
    {'client__words_n': 3}
    """
    _extend()
    if not isinstance(nlp, Language):
        raise ParameterError(f"`nlp` is {type(nlp).__name__}; it must be a spaCy pipeline.")
    record = check_session(session).to_dict()
    text = _BREAK.join(turn.text for turn in session.turns)
    if len(text) > nlp.max_length:
        raise ParameterError(
            f"session {session.session_id}: {len(text):,} characters are more than the pipeline "
            f"takes, {nlp.max_length:,}; raise `nlp.max_length`."
        )
    doc = _tokenized(nlp, text)
    del record["meta"]
    place = 0
    for turn in record["turns"]:
        turn["start_char"], turn["end_char"] = place, place + len(turn.pop("text"))
        place = turn["end_char"] + len(_BREAK)
    doc._.set(SESSION, record)
    return doc


def _tokenized(nlp: Language, text: str) -> Any:
    kind = None
    try:
        doc = nlp.make_doc(text)
    except Exception as error:  # the user's own tokenizer may quote its input
        kind = type(error).__name__
    if kind is not None:
        raise ResourceError(
            f"The tokenizer of the pipeline fails ({kind}); try `nlp.make_doc` on another text."
        )
    if doc.text != text:
        raise ResourceError(
            "The tokenizer of the pipeline changes the text, so turns cannot be found in it again; "
            "use one that keeps every character."
        )
    return doc


def _marked(doc: Any, key: str) -> list[dict[str, Any]]:
    """Return the turns of a group of spans."""
    if key not in doc.spans:
        raise ParameterError(f"The document has no turns. {_REMEDY}")
    return [
        {"role": span.label_, "start_char": span.start_char, "end_char": span.end_char}
        for span in doc.spans[key]
    ]


def _with_text(doc: Any, turns: Any) -> list[dict[str, Any]]:
    """Return turns with the text at their places."""
    if not isinstance(turns, (list, tuple)):
        raise ParameterError(
            f"`turns` of doc._.{SESSION} is {type(turns).__name__}; it must be a list."
        )
    text, reached = doc.text, 0
    made = []
    for number, turn in enumerate(turns):
        record = dict(turn) if isinstance(turn, Mapping) else {}
        start, end = record.pop("start_char", None), record.pop("end_char", None)
        whole = all(
            isinstance(bound, int) and not isinstance(bound, bool) for bound in (start, end)
        )
        if not whole or not reached <= start <= end <= len(text):
            raise ParameterError(
                f"Turn {number} of the document has no place in it: `start_char` and `end_char` "
                f"must be whole numbers between {reached}, where the turn before ends, and "
                f"{len(text)}, where the document does."
            )
        reached = end
        made.append({**record, "text": text[start:end]})
    return made


def doc_to_session(doc: Any, turns: str = "turns") -> Session:
    """Return the session of a document; see `session_to_doc`."""
    given = doc._.get(SESSION)
    if given is not None and not isinstance(given, Mapping):
        raise ParameterError(f"doc._.{SESSION} is {type(given).__name__}; it must be a dictionary.")
    record = {"language": doc.lang_, **(given or {})}
    if record.get("turns") is None:
        record["turns"] = _marked(doc, turns)
    if record.get("session_id") is None:
        raise ParameterError(
            f'The document names no session; set doc._.{SESSION} = {{"session_id": ...}}: the '
            "seed of surrogates depends on it."
        )
    return Session.from_dict({**record, "turns": _with_text(doc, record["turns"])})


class AllianceComponent:
    """The component that ``nlp.add_pipe("alliance_features", config={...})`` adds.

    Nothing is learnt, and only the configuration is stored by ``nlp.to_disk``. A document
    gets ``doc._.alliance_features``: each feature of the session by name, float, int or None
    (null), as `extract` gives them. They are measured on ``doc.text`` with our own tokens; the
    tokenizer and the components of the pipeline have no influence.

    Parameters
    ----------
    features, vectors, spacy_model, seed, categories
        As in `extract`, as far as a configuration can hold them: names, paths, numbers.
        `spacy_model` is a pipeline of its own, with a tagger; it may not hold this component.
    turns : str, default="turns"
        Key of ``doc.spans`` of the turns, in the order spoken and with the labels therapist and
        client, where ``doc._.alliance_session`` has no `turns`.

    Raises
    ------
    ParameterError, ResourceError
        If an argument is malformed or vectors are not available; for a document that has no turns,
        or names no session in ``doc._.alliance_session``.
    TranscriptError
        If a turn or a field of the session is malformed.
    """

    def __init__(
        self,
        features: str | list[str] = "core",
        vectors: str | None = None,
        spacy_model: str | None = None,
        seed: int = 0,
        categories: str | None = None,
        turns: str = "turns",
    ) -> None:
        from .extractor import Recipe

        _extend()
        self._given = (features, vectors, spacy_model, seed, categories, turns)
        self._turns = turns
        self._extractor = Recipe(
            features=features,
            vectors=vectors,
            spacy_model=spacy_model,
            seed=seed,
            categories=categories,
        ).extractor()
        self._names = [spec.name for spec in self._extractor.specs["session"]]

    def __call__(self, doc: Any) -> Any:
        """Measure the session of a document and return the document."""
        from ..features.values import session_values

        measured = self._extractor.measure(doc_to_session(doc, self._turns))
        values, _ = session_values(measured, self._extractor.specs["session"])
        doc._.set(FEATURES, dict(zip(self._names, values, strict=True)))
        return doc

    def __reduce__(self) -> Any:
        return type(self), self._given  # to the processes of `nlp.pipe`; entries hold functions


def alliance_features(
    nlp: Language,
    name: str,
    features: str | list[str],
    vectors: str | None,
    spacy_model: str | None,
    seed: int,
    categories: str | None,
    turns: str,
) -> AllianceComponent:
    """Make the component; the factory that the entry point names."""
    return AllianceComponent(features, vectors, spacy_model, seed, categories, turns)


Language.factory(
    "alliance_features",
    default_config={
        "features": "core",
        "vectors": None,
        "spacy_model": None,
        "seed": 0,
        "categories": None,
        "turns": "turns",
    },
    assigns=[f"doc._.{FEATURES}"],
    func=alliance_features,
)
