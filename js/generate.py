"""Write what the browser's side takes from Python; with ``--check``, compare and fail on a difference.

``protocol.ts`` are the types of `nbloop.schema`: msgspec gives JSON Schema, json-schema-to-typescript the types. A
renamed field thus fails the type check at the line that uses it. ``chart.json`` are the drawings of `nbloop.charts`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from nbloop import schema  # noqa: E402 - a checkout needs no installation for this
from nbloop.charts import DARK, LIGHT, live_curve  # noqa: E402

ENTRIES = [
    schema.Config,
    schema.CurveConfig,
    schema.Outlook,
    schema.ReviewConfig,
    schema.MistakesConfig,
    schema.View,
    schema.BoardConfig,
    schema.GateConfig,
    schema.Standing,
    schema.Board,
    schema.Request,
    schema.Reply,
]
HEAD = "// Generated from src/nbloop/schema/ by `npm run generate`; changes belong there.\n\n"


def json_schema() -> dict[str, Any]:
    """All structs as definitions of one schema; the entries as its properties, so that each of them is reached."""
    refs, definitions = msgspec.json.schema_components(ENTRIES, ref_template="#/definitions/{name}")
    wire = {"type": "object", "properties": {str(i): ref for i, ref in enumerate(refs)}}
    return as_draft_4({**wire, "title": "Wire", "definitions": definitions})


def as_draft_4(node: Any) -> Any:
    """The dialect that the converter knows: tuples in `items`, no other properties, the first paragraph to read."""
    if isinstance(node, list):
        return [as_draft_4(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: as_draft_4(value) for key, value in node.items() if key not in ("discriminator", "default")}
    if "prefixItems" in node:
        node["items"] = node.pop("prefixItems")
        node.pop("maxItems", None)
    if "properties" in node:
        node["additionalProperties"] = False
    if isinstance(node.get("description"), str):
        node["description"] = node["description"].partition("\n\n")[0]
    return node


def typescript() -> str:
    """The types, then the constants that both sides must share."""
    types = subprocess.run(
        ["npx", "--no-install", "json2ts", "--no-bannerComment", "--unreachableDefinitions"],
        input=json.dumps(json_schema()),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    types = re.sub(r"^export interface Wire \{.*?^\}\n", "", types, flags=re.M | re.S)
    types = re.sub(r"\n \*\n \* This interface was referenced by .*?\n \*/", "\n */", types, flags=re.S)
    return f"{HEAD}export const WIRE = {schema.WIRE};\n\n{types}"


def drawings() -> str:
    """The live curve for each theme."""
    return json.dumps({"light": live_curve(LIGHT), "dark": live_curve(DARK)}, indent=1) + "\n"


TARGETS: dict[str, Callable[[], str]] = {"js/src/protocol.ts": typescript, "js/src/chart.json": drawings}


def main() -> int:
    texts = {ROOT / name: make() for name, make in TARGETS.items()}
    if "--check" not in sys.argv:
        for target, text in texts.items():
            target.write_text(text)
        return 0
    others = [str(target.relative_to(ROOT)) for target, text in texts.items() if target.read_text() != text]
    if others:
        sys.stderr.write(f"{', '.join(others)}: not what src/nbloop says; run `npm run generate` and commit it.\n")
    return len(others)


if __name__ == "__main__":
    sys.exit(main())
