"""TextDescriptives' word counts of the sessions in a file; run with a Python that has it.

The cheapest pipeline that gives them: a blank tokenizer, a sentence splitter by rule, descriptive
statistics. Prints JSON; no word of a text.
"""

import json
import sys
import time
from importlib import metadata

import spacy
import textdescriptives  # noqa: F401  (registers the component)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sessions = [json.loads(line) for line in file]
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("textdescriptives/descriptive_stats")
    seconds = []
    for _ in range(int(sys.argv[2])):
        values = {}
        begin = time.process_time()
        for session in sessions:
            texts = [turn["text"] for turn in session["turns"]]
            counts = [doc._.counts["n_tokens"] for doc in nlp.pipe(texts)]
            values[session["id"]] = sum(count for count in counts if count == count)  # not NaN
        seconds.append((time.process_time() - begin,) * 2)
    version = metadata.version("textdescriptives")
    print(json.dumps({"version": version, "seconds": seconds, "values": values}))


main()
