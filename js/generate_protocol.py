"""Write ``js/src/protocol.ts`` from `nbloop.schema`; with ``--check``, compare and fail on a difference.

msgspec gives JSON Schema, json-schema-to-typescript gives the types. A renamed field thus fails the type check at
the line that uses it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from nbloop import schema  # noqa: E402 - a checkout needs no installation for this

TARGET = ROOT / "js" / "src" / "protocol.ts"
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
HEAD = "// Generated from src/nbloop/schema/ by `npm run protocol`; changes belong there.\n\n"


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


def main() -> int:
    text = typescript()
    if "--check" not in sys.argv:
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        return 0
    sys.stderr.write("js/src/protocol.ts differs from src/nbloop/schema/: run `npm run protocol` and commit it.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
