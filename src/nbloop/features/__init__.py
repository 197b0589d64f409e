"""Features: from what a person looks at to finite float32 numbers of about unit scale."""

from __future__ import annotations

from nbloop.features.embedding import embed, sentences
from nbloop.features.features import Features
from nbloop.features.fitting import fit_features

__all__ = ["Features", "embed", "fit_features", "sentences"]
