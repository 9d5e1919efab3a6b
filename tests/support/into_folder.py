"""Extraction into a folder, with what is measured given by name."""

from dataclasses import fields

from alliance_features.commands.extract import extract_files
from alliance_features.extraction import extractor

NAMES = {field.name for field in fields(extractor.Recipe)}


def extract_into(source, output, *, level="session", **options):
    recipe = {name: options.pop(name) for name in NAMES & options.keys()}
    levels = ("session", "turn") if level == "turn" else (level,)
    return extract_files(source, output, extractor.Recipe(levels=levels, **recipe), **options)
