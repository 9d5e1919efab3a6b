"""The rated alliance over files, into a folder of tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..run.files import prepare_folder, remove_results, write_csv, write_json, write_text
from ..run.keys import hash_key, key_name, keyed_hash
from ..run.manifest import build_run
from .rated import RatedAlliance, rated_alliance
from .rated_tables import agreement_blocks, lens_blocks
from .render import as_markdown, as_text

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RatedResult:
    """What the comparison came to."""

    found: RatedAlliance
    text: str
    seconds: float


def rated_files(
    ratings: pa.Table,
    output: Path,
    *,
    inputs: Sequence[Path],
    signals: Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> RatedResult:
    """Compare the ratings of both sides and write an output folder.

    Parameters
    ----------
    ratings : pyarrow.Table
        As `read_ratings` returns.
    output : Path
        New or empty folder, or one with results if `overwrite`.
    inputs : sequence of Path
        Files read, for the manifest.
    signals : Path, optional
    overwrite : bool
    **options
        As for `rated_alliance`.

    Returns
    -------
    RatedResult

    Raises
    ------
    ParameterError, RaterError, ResourceError
        As `rated_alliance`, or if the folder cannot be written.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    made_with = made_from(inputs)
    older = prepare_folder(output, overwrite=overwrite)
    found = rated_alliance(ratings, signals, **options)
    if older:
        remove_results(output)
    agreement, lens = agreement_blocks(found), lens_blocks(found)
    write_csv(output / "agreement.csv", found.agreement)
    write_text(output / "agreement.md", as_markdown(agreement, found.notes))
    if found.lens.num_rows:
        write_csv(output / "lens.csv", found.lens)
        write_text(output / "lens.md", as_markdown(lens, found.notes))
    if found.models:
        write_csv(output / "mixed.csv", found.mixed)
        _write_models(found, output / "lme4")
    seconds = time.perf_counter() - clock
    finished = datetime.now(UTC).isoformat()
    write_json(output / "run.json", build_run(inputs, started.isoformat(), finished, seconds))
    write_json(output / "manifest.json", manifest("rated", made_with, options, _counts(found)))
    return RatedResult(found, as_text([*agreement, *lens], found.notes), seconds)


def made_from(inputs: Sequence[Path]) -> dict[str, Any]:
    """Return sizes and keyed hashes of the files read."""
    key = hash_key()
    files = [path for path in inputs if path.is_file()]
    return {
        "hash": "HMAC-SHA-256",
        "key": key_name(key),
        "files": [{"bytes": path.stat().st_size, "hash": keyed_hash(path, key)} for path in files],
    }


def manifest(
    command: str, inputs: dict[str, Any], options: dict[str, Any], counts: dict[str, Any]
) -> dict[str, Any]:
    """Return what tables were made from and with; `inputs` are those of `made_from`."""
    libraries = {name: metadata.version(name) for name in ("numpy", "scipy", "pyarrow")}
    return {
        "format": 1,
        "command": command,
        "versions": {"alliance_features": __version__, **libraries},
        "configuration": {name: _plain(value) for name, value in options.items()},
        "inputs": inputs,
        "counts": counts,
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value


def _counts(found: RatedAlliance) -> dict[str, Any]:
    return {
        "sessions": len(found.paired),
        "clients": len(set(found.paired.clients)),
        "clusters": found.clusters.n,
        "clustered_by": found.clusters.level,
        "units": dict(zip(found.paired.dimensions, found.paired.units, strict=True)),
        "controls": found.controls,
    }


def _write_models(found: RatedAlliance, folder: Path) -> None:
    """Write the columns of each model, and the formulas with which lme4 fits them."""
    folder.mkdir(exist_ok=True)
    lines = ["library(lme4)", ""]
    for run in found.models:
        name = f"{run.model}-{run.dimension}.csv"
        formula = run.write(folder / name)
        lines.append(f'lmer({formula}, data = read.csv("{name}"), REML = FALSE)')
    write_text(folder / "models.R", "\n".join(lines) + "\n")
