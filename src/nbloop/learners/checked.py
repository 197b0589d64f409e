"""The gate of every learner: scikit-learn's validation, with an error of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from nbloop.errors import FeatureError


def checked(learner: Any, X: Any, y: Any = "no_validation", *, reset: bool) -> Any:
    """Return X as finite float32 or float64, dense or CSR, of shape (n, d), and y of shape (n,) when it is given.

    Raises
    ------
    FeatureError
        X is not finite, not numeric, empty, or not as wide as before; y is not made of classes.
    """
    try:
        found: Any = validate_data(learner, X, y, reset=reset, accept_sparse="csr", dtype=(np.float64, np.float32))
        if y is not None and not isinstance(y, str) and found[1].dtype.kind == "f":  # codes and names are classes
            check_classification_targets(found[1])
    except ValueError as error:
        advice = f"\n{type(learner).__name__} does not accept missing values"  # eight lines about other estimators
        raise FeatureError(str(error).split(advice)[0]) from error
    return found
