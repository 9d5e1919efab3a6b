"""Three files add a lexical signal: the class, its words, the entry."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "alliance_features"
CHANGES = {
    "lexicons/word_classes.py": (
        '    "we": WordClass(),\n',
        '    "we": WordClass(),\n    "duty": WordClass(),\n',
    ),
    "lexicons/en.toml": ("[words]\n", '[words]\nduty = ["must", "should", "shouldn\'t"]\n'),
    "features/signals/pronouns.py": (
        "\nSPECS = (\n",
        """
_DUTY = WordCount(feature="duty", title="Duties", what="must and should", classes=("duty",))
SPECS = (
    word_rate(_DUTY, "client", "pronouns"),
    words_of_turn(_DUTY, "pronouns"),
""",
    ),
}
ASK = """
import json
import alliance_features as af
text = "I must go and you should not. " * 10
names = ["client__duty_rate", "client__we_rate", "client__i_rate"]
made = {
    code: af.Session(session_id=code, language=code, turns=[af.Turn(role="client", text=text)])
    for code in ("en", "de")
}
print(json.dumps({
    **{code: af.extract(session, features=names).to_pylist()[0] for code, session in made.items()},
    "turns": af.extract_turns(made["en"], features="duty_n")["duty_n"].to_pylist(),
    "facts": af.describe_feature("client__duty_rate").describe(),
    "core": "client__duty_rate" in af.list_features("core"),
}))
"""


def test_a_class_a_list_and_an_entry_make_a_signal(tmp_path):
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, after) in CHANGES.items():
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, name
        (copy / name).write_text(text.replace(before, after), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["en"]["client__duty_rate"] == 100 * 20 / 70
    assert said["en"]["client__i_rate"] == 100 * 10 / 70
    assert said["en"]["client__we_rate"] == 0
    assert said["de"]["client__duty_rate"] is None
    assert said["de"]["client__i_rate"] == 0
    assert said["turns"] == [20]
    assert said["facts"]["lists"] == ["words.duty"]
    assert said["facts"]["languages"] == ["en"]
    assert not said["core"]
