"""Doors: what users touch of a `Loop`, one topic a file; one-line methods that open the rooms below, lazily."""
