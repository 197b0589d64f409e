"""Texts that break careless software, made by rule: markup, scripts, bidi, control characters, templates, numbers."""

from __future__ import annotations

import unicodedata
from itertools import chain, product

RUN = "window.ran=(window.ran||0)+1"
"""What every script here would do; a page where ``window.ran`` is undefined ran none of them."""

_HANDLERS = ("onerror", "onload", "onfocus", "onmouseover", "onclick", "onanimationstart", "ontoggle", "onpointerenter")
_ELEMENTS = (
    "<img src=x {handler}={run}>",
    "<svg {handler}={run}>",
    '<body {handler}="{run}">',
    "<details open {handler}='{run}'>x</details>",
    "<input autofocus {handler}={run}>",
    '<video src="x" {handler}="{run}"></video>',
    "<div style='animation: a 1s' {handler}={run}>",
)
_SCRIPTS = (
    "<script>{run}</script>",
    "<script type=module>{run}</script>",
    "<svg><script>{run}</script></svg>",
    '<iframe srcdoc="<script>parent.{run}</script>"></iframe>',
    '<a href="javascript:{run}" autofocus>link</a>',
    '<form action="javascript:{run}"><button autofocus>go</button></form>',
    '<object data="javascript:{run}"></object>',
    '<meta http-equiv="refresh" content="0; url=javascript:{run}">',
    '<link rel="stylesheet" href="javascript:{run}">',
    "<math><mtext><style><img src=x onerror={run}></style></mtext></math>",
    "<template><script>{run}</script></template>",
    "<noscript><img src=x onerror={run}></noscript>",
)
_BREAKOUTS = ("", '">', "'>", "</textarea>", "</title>", "</script>", "-->", "]]>", "\\", "`", "</style>", "<!--")
_TEMPLATES = (
    "{{{{{x}}}}}",
    "${{{x}}}",
    "<%= {x} %>",
    "#{{{x}}}",
    "{{% {x} %}}",
    "%({x})s",
    "{{0.{x}}}",
    "$({x})",
    "`{x}`",
    "@{{{x}}}",
)
_EXPRESSIONS = ("7*7", "constructor.constructor('window.ran=1')()", "__class__", "config", "self", "env", "id")
_NUMBERS = """
0 -0 00 1/0 1e309 -1e309 NaN nan Infinity -inf 0x7fffffff 2147483648 9007199254740993 1,000 1.000,5 ١٢٣ ½ Ⅻ 1_000
"""
_WORDS = """
null None undefined true False NULL NA N/A #N/A nil void () [] {} [object_Object] - -- ... ? ! / \\ . .. ~ * $HOME %s %n
"""
_QUERIES = (
    "'; DROP TABLE events; --",
    '" OR ""="',
    "1; ATTACH 'x' AS y",
    "x' UNION SELECT 1 --",
    "SELECT * FROM a -- b",
    "%' ESCAPE '!",
)
_FILES = (
    "../../etc/passwd",
    "C:\\CON",
    "file:///etc/hosts",
    "/dev/zero",
    "a\x00b.txt",
    "~root",
    "-rf",
    "a/b\\c",
    "NUL.txt",
)
_STRUCTURES = (
    '{"kind":"annotate"}',
    '{"__proto__":{"ran":1}}',
    "[1,2",
    "key: [value",
    "!!python/object:os.system",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "$$\\frac{1}{0}$$",
    "\\(x\\)",
    "# heading",
    "- [ ] box",
    "![x](javascript:window.ran=1)",
    "[x](data:text/html,<script>window.ran=1</script>)",
    "&lt;b&gt;",
    "&#60;script&#62;",
    "&nbsp;",
    "\\u003cscript\\u003e",
)
_SCRIPTS_OF_THE_WORLD = (0x0391, 0x0416, 0x05D0, 0x0627, 0x0905, 0x0E01, 0x1200, 0x13A0, 0x3042, 0x30A2, 0x4E00, 0xAC00)
_INVISIBLE = (
    0x00A0,
    0x00AD,
    0x200B,
    0x200C,
    0x200D,
    0x200E,
    0x200F,
    0x202A,
    0x202E,
    0x2066,
    0x2069,
    0x2060,
    0xFEFF,
    0x3000,
    0x180E,
)
_CONTROLS = (*range(0x01, 0x20), 0x7F, 0x85, 0x2028, 0x2029, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F4A9, 0x10FFFF)
_EMOJI = ("👩‍👩‍👧‍👦", "🏴‍☠️", "🇺🇳", "👍🏿", "❤️‍🔥", "🧑🏽‍🚀", "5️⃣", "😀" * 40)


def naughty() -> list[str]:
    """Return the texts, no two alike and none of them blank."""
    families = (_markup(), _templates(), _plain(), _world(), _unseen(), _long())
    return list(dict.fromkeys(text for text in chain(*families) if text.strip()))


def _markup() -> list[str]:
    elements = [form.format(handler=handler, run=RUN) for form, handler in product(_ELEMENTS, _HANDLERS)]
    scripts = [form.format(run=RUN) for form in _SCRIPTS]
    broken_out = [before + text for before, text in product(_BREAKOUTS, scripts)]
    odd_case = [text.replace("<s", "<S").replace("on", "oN").replace("=", " =\n") for text in elements]
    unclosed = [text.replace(">", "") for text in scripts]
    return elements + broken_out + odd_case + unclosed


def _templates() -> list[str]:
    return [form.format(x=expression) for form, expression in product(_TEMPLATES, _EXPRESSIONS)]


def _plain() -> list[str]:
    return [*_NUMBERS.split(), *_WORDS.split(), *_QUERIES, *_FILES, *_STRUCTURES]


def _world() -> list[str]:
    """A word of each script, alone, between other scripts, and with its accents taken apart."""
    words = ["".join(chr(first + step) for step in range(6)) for first in _SCRIPTS_OF_THE_WORLD]
    mixed = [f"abc {word} 123 {words[place - 1]}" for place, word in enumerate(words)]
    accents = [unicodedata.normalize(form, "Åéîöú ﬁ ẛ̣ Å ½") for form in ("NFC", "NFD", "NFKC", "NFKD")]
    stacked = ["".join(letter + chr(0x0300 + mark) * 12 for mark, letter in enumerate("tower"))]
    return [*words, *mixed, *accents, *stacked, *_EMOJI]


def _unseen() -> list[str]:
    """Characters that have no shape, or that a terminal, a parser or a layout takes for an order."""
    return [f"left{chr(code)}right" for code in (*_INVISIBLE, *_CONTROLS)]


def _long() -> list[str]:
    return ["a" * 20_000, "word " * 4_000, "<b>" * 3_000, "\n" * 200 + "end", "W" * 300 + "\t" * 50 + ".", "é" * 5_000]
