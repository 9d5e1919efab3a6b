"""Words that are planted in transcripts and files, and must be in nothing that comes out."""

import pyarrow.parquet as pq

CANARIES = ("xylocarpella", "quombatrine", "ZEBRULATOR", "vintergatkorn")


def no_canary(content, place):
    folded = content.lower()
    for canary in CANARIES:
        assert canary.lower().encode() not in folded, f"{canary} in {place}"


def content_of(file):
    """Return the bytes of a file; of Parquet, which is compressed, also what it holds."""
    content = file.read_bytes()
    if file.suffix == ".parquet":
        table = pq.read_table(file)
        content += f"{table.schema} {table.to_pylist()}".encode()
    return content


def check_files(folder):
    """Look into all files of a folder and return them."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    for file in files:
        no_canary(str(file.relative_to(folder)).encode(), "a name")
        no_canary(content_of(file), file.relative_to(folder))
    return files
