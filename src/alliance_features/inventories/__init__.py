"""Inventories: statements about the alliance, each with its subscale, sign and wordings."""

from __future__ import annotations

from .inventory import PERSPECTIVES, SUBSCALES, Inventory, Item, load_inventory

__all__ = ["PERSPECTIVES", "SUBSCALES", "Inventory", "Item", "load_inventory"]
