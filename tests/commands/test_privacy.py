"""No word of a transcript in what any command writes or prints, and no cell in its errors."""

import json

import pytest

import alliance_features as af
from alliance_features.commands.simulate import write_simulation
from canaries import CANARIES, check_files, no_canary

SAID = f"{CANARIES[0]} {CANARIES[1]}'s, {CANARIES[2]}-{CANARIES[3]}!"
KEYS = [(scale, sign) for scale in ("goal", "task", "bond") for sign in (1, -1)]
# Of the folders: in, what is made below; out, that of the commands before.
COMMANDS = {
    "extract": "extract {in}/sessions.jsonl --clients --features volume,pronouns --show",
    "categories": "extract {in}/sessions.jsonl --features categories --categories {in}/own.toml",
    "evaluate": "evaluate {in}/sessions.jsonl {in}/ratings.csv --rater client --n-folds 3 "
    "--features volume,pronouns --models length,bag_of_words",
    "train": "train {in}/sessions.jsonl {in}/ratings.csv --rater client --features volume,pronouns",
    "predict": "predict {in}/sessions.jsonl --model {out}/train --explain",
    "pseudo": "pseudo {in}/sessions.jsonl --partners 5 --format csv",
    "score": "score {in}/sessions.jsonl --condition arm --inventory {in}/own.csv",
    "doc2vec": "score {in}/sessions.jsonl --encoder doc2vec --format csv",
    "compare": "compare {in}/ratings.csv {in}/ratings.csv {out}/evaluate --rater client --draws 50",
    "rated": "rated {in}/ratings.csv --signals {out}/extract --draws 50 --no-mixed",
    "courses": "courses {in}/ratings.csv --rater client --signals {out}/extract",
    "words": "words {in}/ratings.csv {in}/sessions.jsonl --rater client --min-clients 2",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder of 24 simulated sessions in which everybody says the canaries, and more."""
    folder = tmp_path_factory.mktemp("made")
    counsellor = af.SimulatedRater("counsellor", 0.3, "therapist")
    write_simulation(af.simulate(6, 24, n_turns=12, raters=[counsellor]), folder)
    path = folder / "sessions.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, record in enumerate(records):
        record["meta"] |= {"note": SAID, "arm": "AB"[number % 2]}
        for turn in record["turns"]:
            turn["text"] += f" {SAID}"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    words = json.dumps([CANARIES[0], CANARIES[1]])
    (folder / "own.toml").write_text(f'language = "en"\n[categories]\nmine = {words}\n')
    (folder / "own.csv").write_text(
        "id,subscale,sign,client,therapist,observer,low,high,language\n"
        + "".join(
            f'i{number},{scale},{sign},"We trust, {SAID}","We, {SAID}","They, {SAID}",1,5,en\n'
            for number, (scale, sign) in enumerate(KEYS)
        )
    )
    return folder


def test_nothing_that_a_command_writes_or_prints(run, made, tmp_path):
    for name, command in COMMANDS.items():
        filled = command.format_map({"in": made, "out": tmp_path})
        code, stdout, errors = run(*filled.split(), "-o", tmp_path / name)
        assert code == 0, (name, errors)
        no_canary((stdout + errors).encode(), name)
        assert len(check_files(tmp_path / name)) >= 3, name
    # The same eyes do see what is asked for.
    command = COMMANDS["words"].format_map({"in": made})
    run(*command.split(), "-o", tmp_path / "named", "--show-words")
    with pytest.raises(AssertionError, match=CANARIES[0]):
        check_files(tmp_path / "named")
