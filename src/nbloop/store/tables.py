"""The tables of a store, as they are in this version; the way here from older ones is in `migrations`."""

from __future__ import annotations

import sqlalchemy as sa

TABLES = sa.MetaData()
META = sa.Table("meta", TABLES, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))
"""`uid` names the dataset, `version` the layout; `head` is the last event, as ``seq:hash``."""

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")

EVENTS = sa.Table(
    "events",
    TABLES,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),  # a person of PEOPLE
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sample", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("batch", SEQ, nullable=False),  # the first event that was told together with this one
    sa.Column("note", sa.Text),  # the digest of its line in NOTES
    sa.Column("hash", sa.Text, nullable=False),
)
PEOPLE = sa.Table(
    "people",
    TABLES,
    sa.Column("person", sa.Text, primary_key=True),  # the digest of salt and name
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)
NOTES = sa.Table(
    "notes",
    TABLES,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # what the event says in free text, as JSON
)
