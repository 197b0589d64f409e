"""Drives one notebook in a real JupyterLab as a person does: open, run, restart, reload, look."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from lab import Lab
from playwright.sync_api import Locator, Page, expect

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
LIMIT = 180_000  # ms; a kernel that starts, or a page that loads, on a very busy machine

_SESSION = "jupyterapp.shell.currentWidget.context.sessionContext"
_READY = """() => {
    const session = window.jupyterapp?.shell?.currentWidget?.context?.sessionContext;
    const kernel = session?.session?.kernel;
    return !!session?.isReady && kernel?.status === 'idle' && kernel?.connectionStatus === 'connected';
}"""

_SHOWS_NO_DOCUMENT = """() => {
    const shown = window.jupyterapp?.shell?.currentWidget;
    return !!shown && !shown.context;
}"""
_CLOSE = """() => {
    const shown = jupyterapp.shell.currentWidget;
    shown.context.model.dirty = false;  // else it would ask whether to save
    shown.close();
}"""

# What a page asks of a face does not make a kernel "busy" (decision 021).
_ALL_ANSWERED = (
    f"() => ![...{_SESSION}.session.kernel._futures.values()].some(one => one.msg.header.msg_type === 'comm_msg')"
)


class Notebook:
    """A notebook file, and the page it is open in.

    Parameters
    ----------
    page : Page
        Empty, or showing the notebook already.
    lab : Lab
        The server.
    name : str
        File name without ``.ipynb``.
    """

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page = page
        self.lab = lab
        self.name = name
        self.path = lab.root / f"{name}.ipynb"

    def write(self, *cells: str) -> Notebook:
        """Make the file of these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.path)
        return self

    def open(self) -> Notebook:
        """Show the notebook and wait for its kernel; a page whose JupyterLab shows no document goes on in it."""
        if urlsplit(self.page.url).port == self.lab.port and self.page.evaluate(_SHOWS_NO_DOCUMENT):
            self.command("docmanager:open", path=self.path.name)
        else:
            self.page.goto(self.lab.url(f"doc/tree/{self.path.name}"))
        return self.ready()

    def close(self) -> None:
        """Close the notebook as it is, unsaved; JupyterLab and the kernel go on."""
        self.page.evaluate(_CLOSE)
        self.page.wait_for_function(_SHOWS_NO_DOCUMENT)

    def ready(self) -> Notebook:
        """Wait until the kernel is connected and has nothing to do."""
        self.page.wait_for_function(_READY, timeout=LIMIT)
        return self

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab to its end."""
        self.page.evaluate(_COMMAND, [name, arguments])

    def start(self, name: str) -> None:
        """Start a command of JupyterLab and do not wait for its end."""
        self.page.evaluate("name => { jupyterapp.commands.execute(name); }", name)

    def run_all(self) -> Notebook:
        """Run every cell and wait for the last; an error in one fails the test."""
        self.command("notebook:run-all-cells")
        self.ready()
        errors = self.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts()
        assert errors == [], "\n".join(errors)
        return self

    def select(self, cell: int) -> None:
        """Make a cell the active one, in command mode."""
        self.page.evaluate("i => { jupyterapp.shell.currentWidget.content.activeCellIndex = i; }", cell)

    def sources(self) -> list[str]:
        """Return the source of every cell as the page holds it."""
        return self.page.evaluate(
            "() => [...jupyterapp.shell.currentWidget.content.model.cells].map(cell => cell.sharedModel.getSource())"
        )

    def execute(self, code: str) -> str:
        """Run code in the kernel beside the cells and return what it printed; an error fails the test."""
        return self.page.evaluate(_EXECUTE, [code, LIMIT])

    def sees_running(self, cell: int) -> None:
        """Wait until a cell runs; the kernel's own status says idle whenever a subshell has answered."""
        expect(self.page.locator(".jp-Cell .jp-InputPrompt").nth(cell)).to_have_text("[*]:", timeout=LIMIT)

    def interrupt(self, cell: int) -> None:
        """Stop a running cell."""
        self.page.evaluate(f"() => {_SESSION}.session.kernel.interrupt()")
        expect(self.page.locator(".jp-Cell .jp-InputPrompt").nth(cell)).not_to_have_text("[*]:")

    def command_mode(self) -> None:
        """Give the keys to the notebook, not to a cell's editor."""
        self.page.evaluate(
            """() => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.mode = 'command';
                notebook.activate();
            }"""
        )

    def sweep(self) -> None:
        """Leave the kernel as it was found, but for its imports: no widgets, no names, nothing that a page waits for.

        A subshell ends with the page that made it, and ipykernel complains in a later cell of what it had not answered.
        """
        self.ready()
        self.page.wait_for_function(_ALL_ANSWERED)
        self.execute("import ipywidgets; ipywidgets.Widget.close_all(); get_ipython().reset()")
        self.page.wait_for_function(_ALL_ANSWERED)

    def restart(self) -> Notebook:
        """Restart the kernel, with no question asked."""
        self.page.evaluate(f"() => {_SESSION}.session.kernel.restart()")
        return self.ready()

    def save(self) -> None:
        """Write the file."""
        self.command("docmanager:save")

    def reload(self) -> Notebook:
        """Save, load the page again and wait for the kernel, which went on."""
        self.save()
        self.page.reload()
        return self.ready()

    def cell_output(self, cell: int) -> Locator:
        """Return the output area of a cell."""
        return self.page.locator(".jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme, and wait until the picture it covers the page with meanwhile is gone.

        A second switch before that makes JupyterLab take the picture away twice, and throw.
        """
        self.command("apputils:change-theme", theme=name)
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def screenshot(self, name: str, part: Locator | None = None) -> None:
        """Put a picture into ``build/screenshots``."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        (part or self.page).screenshot(path=SHOTS / f"{name}.png")


_COMMAND = "([name, options]) => jupyterapp.commands.execute(name, options).then(() => null)"
_EXECUTE = """async ([code, limit]) => {
    const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    let text = '';
    future.onIOPub = message => {
        if (message.header.msg_type === 'stream') text += message.content.text;
        if (message.header.msg_type === 'error') text += message.content.traceback.join('\\n');
    };
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('the kernel is busy')), limit));
    const reply = await Promise.race([future.done, late]);
    if (reply.content.status !== 'ok') throw new Error(text);
    return text;
}"""


def chromium() -> dict[str, Any]:
    """Return how to launch Chromium: the one that is named or on the PATH, else Playwright's own.

    No name but this machine's resolves in it, so whatever needs the network fails.
    """
    rules = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"
    flags = ["--no-sandbox", "--disable-quic", "--disable-background-networking", f"--host-resolver-rules={rules}"]
    program = os.environ.get("NBLOOP_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return {"args": flags, **({"executable_path": program} if program else {})}
