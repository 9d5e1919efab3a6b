"""ConvoKit's coordination of the sessions in a file; run with a Python that has ConvoKit.

First with its own reading of texts and its own word lists, timed. Then with categories of turns
that the file brings, so that the formula alone can be compared. Prints JSON; no word of a text.
"""

import json
import sys
import time
from importlib import metadata

from convokit import Coordination, Corpus, Speaker, Utterance

module = sys.modules[Coordination.__module__]


def corpus_of(sessions):
    speakers, utterances = {}, []
    for session in sessions:
        name = session["id"]
        before = None
        for place, turn in enumerate(session["turns"]):
            key = f"{turn['role']}|{name}"
            speaker = speakers.setdefault(key, Speaker(id=key))
            utterances.append(
                Utterance(
                    id=f"{place}|{name}",
                    speaker=speaker,
                    conversation_id=f"0|{name}",
                    reply_to=before if turn["has_words"] else None,
                    text=turn["text"],
                )
            )
            before = utterances[-1].id if turn["has_words"] else None
    return Corpus(utterances=utterances)


def scores(sessions, categories):
    corpus = corpus_of(sessions)
    model = Coordination(target_thresh=3)
    model.corpus, model.precomputed = corpus, True
    module.CoordinationWordCategories = categories
    for session in sessions:
        for place, turn in enumerate(session["turns"]):
            utterance = corpus.get_utterance(f"{place}|{session['id']}")
            utterance.meta["liwc-categories"] = set(turn["categories"])
    model.transform(corpus)
    found = {}
    for speaker in corpus.iter_speakers():
        role, name = speaker.id.split("|", 1)
        for by_category in (speaker.meta.get("coord") or {}).values():
            found[f"{role}|{name}"] = by_category
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sessions = [json.loads(line) for line in file]
    seconds = []
    for _ in range(int(sys.argv[2])):
        begin = time.process_time()
        corpus = corpus_of(sessions)
        built = time.process_time()
        Coordination(target_thresh=3).fit_transform(corpus)
        seconds.append((time.process_time() - begin, time.process_time() - built))
    categories = sorted({c for s in sessions for t in s["turns"] for c in t["categories"]})
    values = scores(sessions, categories)
    print(
        json.dumps({"version": metadata.version("convokit"), "seconds": seconds, "values": values})
    )


main()
