"""The past: a dataset as it was, to be looked at."""

from __future__ import annotations

import threading
from typing import Any, NoReturn

from nbloop.dataset.dataset import Dataset
from nbloop.dataset.moment import Moment
from nbloop.errors import StoreError
from nbloop.schema import Event


class Past(Dataset):
    """A dataset at one moment. Everything can be looked at, nothing can be written.

    Parameters
    ----------
    data : Dataset
        Lends samples, truth and features.
    events : list of (int, Event)
        What had happened by then.
    moment : Moment
    """

    def __init__(self, data: Any, events: list[tuple[int, Event]], moment: Moment) -> None:
        self.__dict__.update(vars(data))
        self.moment = moment
        self._lock, self._listeners, self._leases = threading.RLock(), [], None
        self._fold = self._empty_fold()
        self._fold.apply(events)
        self._withholding = data._withholding.fresh()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise StoreError(f"this is the dataset as it was at {self.moment}: it cannot be written. Use the present one.")

    record = backup = save_to = go_on_in_memory = refresh = close = verify = _refuse

    def __repr__(self) -> str:
        return f"{super().__repr__()} at {self.moment}"
