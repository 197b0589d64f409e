"""What a Jupyter server gets from an installed nbloop: a socket to the browser that holds no small message back."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbloop import server

tornado = pytest.importorskip("tornado", reason="needs the extra [lab]")
pytest.importorskip("jupyter_server", reason="needs the extra [lab]")

from jupyter_server.gateway.connections import GatewayWebSocketConnection  # noqa: E402
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection  # noqa: E402
from tornado.httpserver import HTTPServer  # noqa: E402
from tornado.web import Application  # noqa: E402
from tornado.websocket import WebSocketHandler, websocket_connect  # noqa: E402

ROOT = Path(__file__).parents[1]


def is_prompt(handler: WebSocketHandler) -> bool:
    connection: Any = handler.ws_connection
    return connection.stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


class Plain:
    """Connects nothing, and says how the socket is meanwhile."""

    def __init__(self, handler: WebSocketHandler) -> None:
        self.websocket_handler = handler

    async def connect(self) -> str:
        return str(is_prompt(self.websocket_handler))


async def said_of_the_socket(kind: Any) -> str | bytes | None:
    class Handler(WebSocketHandler):
        async def open(self, *_: str, **__: str) -> None:
            await self.write_message(await kind(self).connect())

    serving = HTTPServer(Application([("/", Handler)]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        serving.add_socket(listening)
        client = await websocket_connect(f"ws://127.0.0.1:{listening.getsockname()[1]}/")
        try:
            return await client.read_message()
        finally:
            client.close()
            serving.stop()
            await serving.close_all_connections()


def test_a_socket_holds_small_messages_back_unless_it_is_told_not_to():
    assert asyncio.run(said_of_the_socket(Plain)) == "False"
    assert asyncio.run(said_of_the_socket(server.prompt(Plain))) == "True"


@pytest.mark.parametrize("kind", [ZMQChannelsWebsocketConnection, GatewayWebSocketConnection])
def test_the_extension_changes_how_a_server_connects_to_its_kernels_and_not_how_it_is_configured(kind: type):
    app = SimpleNamespace(web_app=SimpleNamespace(settings={"kernel_websocket_connection_class": kind}))
    server._load_jupyter_server_extension(app)
    made = app.web_app.settings["kernel_websocket_connection_class"]
    assert issubclass(made, kind)
    assert made is not kind
    assert made.__name__ == kind.__name__
    assert made.section_names() == [*kind.section_names(), kind.__name__]


def test_a_server_finds_the_extension_where_pip_put_it():
    command = [sys.executable, "-m", "jupyter", "server", "extension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = done.stdout + done.stderr
    assert "nbloop.server" in said
    lines = [line for line in said.splitlines() if "nbloop.server" in line]
    assert any("enabled" in line for line in lines), said
    assert any("OK" in line for line in lines), said


def test_the_configuration_names_the_extension():
    told = json.loads((ROOT / "jupyter-config" / "nbloop.json").read_text())
    assert list(told["ServerApp"]["jpserver_extensions"]) == [
        point["module"] for point in server._jupyter_server_extension_points()
    ]
