"""Pytest's side of a run: items, attempts and outcomes. Decides nothing by itself."""
