// Bundles each widget into src/nbloop/static: one module and one stylesheet, with nothing left to fetch.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "src/nbloop/static");
const widgets = ["labeler", "curve", "dashboard", "review", "gate", "errors"];

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: widgets.flatMap((name) => [`js/src/${name}.tsx`, `js/src/${name}.css`]),
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
});

// The licences of what is bundled travel with it.
const packages = Object.keys(metafile.inputs).map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
const notices = [...new Set(packages.filter(Boolean))].sort().map(async (path) => {
  const { name, version, license } = JSON.parse(await readFile(join(root, path, "package.json"), "utf8"));
  const text = await licence(join(root, path));
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
await mkdir(target, { recursive: true });
await writeFile(join(target, "LICENSES.txt"), (await Promise.all(notices)).join(`\n${"-".repeat(80)}\n\n`));

for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`${path}  ${(bytes / 1000).toFixed(0)} kB`);
}

async function licence(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error(`No licence text in ${folder}: what is bundled must bring its own.`);
}
