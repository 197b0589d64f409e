"""What nbloop adds to a Jupyter server that has it installed: small messages to the browser are not held back.

A reply that follows a kernel's "busy" within some milliseconds is held by the server's socket until the browser has
confirmed the "busy" (Nagle's algorithm), and browsers take up to 40 ms to confirm (delayed acknowledgement); that is
longer than a label takes to be durable. The extension is switched on by ``jupyter-config/nbloop.json``, which the wheel
installs, and off again by ``jupyter server extension disable nbloop.server``.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbloop.server"}]


def _load_jupyter_server_extension(app: Any) -> None:
    settings = app.web_app.settings
    if (connection := settings.get("kernel_websocket_connection_class")) is not None:
        settings["kernel_websocket_connection_class"] = prompt(connection)


def prompt(connection: type) -> type:
    """Return a kind of connection to kernels, local or behind a gateway, whose socket holds nothing back.

    Parameters
    ----------
    connection : type
        What the server connects websockets to kernels with; has ``connect()`` and ``websocket_handler``.

    Returns
    -------
    type
        A subclass of the same name, so that it is configured as the other is.
    """

    async def connect(self: Any) -> Any:
        if self.websocket_handler.ws_connection is not None:  # a gateway connects again also when the browser has left
            self.websocket_handler.set_nodelay(True)
        return await connection.connect(self)

    return type(connection.__name__, (connection,), {"connect": connect, "__module__": connection.__module__})
