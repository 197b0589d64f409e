"""The looks of a report: light, dark, narrow and on paper, from one stylesheet that loads nothing."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --edge: #d8dee4; --page: #ffffff; --raised: #f6f8fa;
  --accent: #2f5fc4; --good: #1f7a38; --warn: #8a4600; --bad: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9ea7b3; --edge: #333b45; --page: #14181d;
  --raised: #1c2229; --accent: #86abf5; --good: #6fcf8a; --warn: #f0b35e; --bad: #ff9d96; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 5rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { margin: 0; font-size: 1.9rem; font-weight: 680; letter-spacing: -.015em; line-height: 1.2;
  overflow-wrap: anywhere; }
.about { margin: .35rem 0 0; color: var(--quiet); }
main { min-width: 0; }
nav { margin: 1.5rem 0 0; font-size: 13.5px; }
nav b { display: block; margin: .9rem 0 .15rem; font-weight: 600; color: var(--quiet); font-size: 12px; }
nav a { display: block; padding: .15rem 0; color: var(--ink); text-decoration: none; }
nav a:hover, nav a:focus-visible { color: var(--accent); text-decoration: underline; }
@media (min-width: 62rem) { .sheet { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); gap: 3rem; }
  nav { position: sticky; top: 1rem; align-self: start; margin-top: 2.2rem; } }
@media (max-width: 61.99rem) { nav { columns: 2; column-gap: 1.5rem; } nav b { break-after: avoid; }
  nav b:first-child { margin-top: 0; } }
section { margin-top: 2.2rem; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; font-weight: 640; letter-spacing: -.005em; }
.group { margin: 3rem 0 -1rem; padding-bottom: .35rem; border-bottom: 1px solid var(--edge); color: var(--quiet);
  font-size: 13px; font-weight: 600; }
p { margin: 0 0 .75rem; max-width: 46rem; white-space: pre-line; overflow-wrap: anywhere; }
.nothing { color: var(--quiet); }
picture, img { display: block; max-width: 100%; height: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.4rem), 1fr)); gap: .7rem;
  padding: 0; margin: 0; list-style: none; }
.tiles li { padding: .75rem .9rem; border: 1px solid var(--edge); border-radius: 10px; }
.tiles h3 { display: flex; justify-content: space-between; margin: 0; font-size: 13px; font-weight: 550;
  color: var(--quiet); }
.tiles strong { display: block; margin: .1rem 0 .2rem; font-size: 1.35rem; font-weight: 640; line-height: 1.25;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles small { display: block; font-size: 12.5px; line-height: 1.45; color: var(--quiet); overflow-wrap: anywhere; }
.none { border-style: dashed !important; } .none strong { color: var(--quiet); }
.good i, .passed { color: var(--good); } .warn i, .undecided { color: var(--warn); }
.bad i, .failed { color: var(--bad); }
.tiles i, .passed, .failed, .undecided { font-style: normal; font-weight: 650; white-space: nowrap; }
.warn { border-color: color-mix(in srgb, var(--warn) 45%, var(--edge)) !important; }
.bad { border-color: color-mix(in srgb, var(--bad) 55%, var(--edge)) !important; }
.scroll { overflow-x: auto; margin-top: .4rem; }
table { border-collapse: collapse; min-width: min(100%, 30rem); font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .36rem 1.1rem .36rem 0; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top;
  overflow-wrap: break-word; max-width: 26rem; }
thead th { color: var(--quiet); font-weight: 550; font-size: 12px; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 550; min-width: 7rem; } td.number { text-align: right; }
th.number { text-align: right; }
.bar { display: block; width: 7rem; height: 5px; margin-top: 4px; border-radius: 3px;
  background: linear-gradient(var(--accent), var(--accent)) left / calc(var(--v) * 100%) 100% no-repeat var(--edge); }
.whisker { position: relative; display: block; width: 9rem; height: 9px; margin-top: 3px;
  background: linear-gradient(var(--edge), var(--edge)) center / 100% 2px no-repeat; }
.whisker::before { content: ""; position: absolute; inset: 2px calc((1 - var(--h)) * 100%) 2px calc(var(--l) * 100%);
  border-radius: 3px; background: color-mix(in srgb, var(--accent) 42%, transparent); }
.whisker::after { content: ""; position: absolute; left: calc(var(--v) * 100% - 4px); width: 9px; height: 9px;
  border-radius: 50%; background: var(--accent); }
.change { background: linear-gradient(var(--edge), var(--edge)) center / 100% 2px no-repeat,
  linear-gradient(var(--quiet), var(--quiet)) center / 1px 100% no-repeat; }
@media print { :root { color-scheme: light; --ink: #1f2328; --quiet: #59636e; --edge: #d8dee4; --page: #ffffff;
    --accent: #2f5fc4; --good: #1f7a38; --warn: #8a4600; --bad: #a4262c; }
  body { padding: 0; max-width: none; font-size: 10.5pt; } nav { display: none; } .sheet { display: block; }
  .scroll { overflow: visible; } table { font-size: 8.5pt; } th, td { padding-right: .7rem; }
  h2, .group, thead { break-after: avoid; } tr, .tiles li, picture { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
"""Text is at least 4.5:1 on its page, in both themes."""
