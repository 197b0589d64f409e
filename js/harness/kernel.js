// A kernel of the harness: speaks the wire of src/nbloop/schema/ for one page, with made-up samples.
const TEXTS = [
  "I was charged twice for my subscription this month. Please send the second payment back to my card.",
  "The app closes by itself whenever I open the settings page. I already tried to reinstall it, but it still crashes.",
  "Hi,\n\nmy parcel should have been here on Monday. The tracking page has said “in transit” for six days now and nobody answers the phone. If it does not turn up this week I would rather have my money back than wait any longer.\n\nBest,\nJ.",
  "How do I export last year's invoices?",
  "<img src=x onerror=alert(1)> is what I see instead of my picture <b>every time</b>",
];
const NAMES = ["refund request", "technical support", "delivery", "account", "praise", "other"];
const PALETTE = [
  "#3b6fd4",
  "#c2571a",
  "#2b8a3e",
  "#a13d97",
  "#b0323a",
  "#0b7f8c",
  "#7a5b12",
  "#5b4bc4",
  "#b5297a",
  "#4d6b1f",
];
const KEYS = "1234567890abcdefghijklmnopqrstuvwxyz";

export function labels(n) {
  const name = (i) => (n <= NAMES.length ? NAMES[i] : `${NAMES[i % NAMES.length]} ${Math.floor(i / NAMES.length) + 1}`);
  return Array.from({ length: n }, (_, i) => ({ name: name(i), key: KEYS[i], color: PALETTE[i % PALETTE.length] }));
}

export function digits(n) {
  return Array.from({ length: n }, (_, i) => ({ name: String(i), key: String(i), color: PALETTE[i % PALETTE.length] }));
}

/** A model as anywidget gives it to a widget, with the kernel behind it. */
export class Kernel {
  listeners = new Map();
  rev = 0;
  queue = 1;
  recent = [];
  round = 0;
  answered = new Set();
  rounds = [];
  changes = [];

  constructor({
    kind = "text",
    options,
    total = 500,
    dead = false,
    refuse = false,
    problem = null,
    slow = 8,
    blind = null,
    config = {},
  }) {
    Object.assign(this, { kind, options, total, dead, refuse, problem, slow, blind });
    this.traits = {
      config: {
        wire: 1,
        dataset: "harness",
        annotator: "me",
        title: "Support tickets",
        content: kind,
        model: true,
        blind: false,
        queue: "train",
        target: 200,
        task: { kind: "classification", labels: options, guidelines: GUIDELINES },
        ...config,
      },
      view: this.view(),
    };
  }

  get(name) {
    return this.traits[name];
  }
  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }
  off(name, listener) {
    this.listeners.set(
      name,
      (this.listeners.get(name) ?? []).filter((other) => other !== listener),
    );
  }
  emit(name, ...values) {
    for (const listener of this.listeners.get(name) ?? []) listener(...values);
  }

  send({ id, body }) {
    if (this.dead === "gone") throw new Error("Cannot send");
    if (this.dead || (this.deaf && body.kind === "tell")) return;
    setTimeout(async () => {
      const [reply, buffers] = await this.answer(body);
      this.emit("msg:custom", { reply_to: id, ...reply }, buffers);
    }, this.slow);
  }

  async answer(body) {
    if (body.kind === "hello") return [{ body: { kind: "welcome", view: this.view() } }, []];
    if (body.kind === "deal") return this.deal(body);
    if (body.kind === "tell") return this.tell(body);
    if (body.kind === "explain") return this.explain(body);
    if (body.kind === "classes" || body.kind === "reclass") return this.classes(body);
    if (body.kind === "rounds")
      return [{ body: { kind: "rounds", rounds: this.rounds.filter(({ round }) => round > body.after) } }, []];
    return [{ body: this.confusion() }, []];
  }

  async deal({ n, hold, have }) {
    const free = [];
    for (let i = 0; free.length < n && i < this.total; i++) {
      if (!this.answered.has(String(i)) && !hold.includes(String(i))) free.push(i);
    }
    const buffers = [];
    const cards = await Promise.all(free.map((i) => this.card(i, buffers, have.includes(String(i)))));
    return [{ body: { kind: "cards", cards, model: this.view().model?.version ?? null } }, buffers];
  }

  async card(i, buffers, had) {
    const raw = this.options.map((_, k) => Math.exp(3 * Math.sin(i * 1.7 + k * 2.3 + this.rev * 0.01)));
    const sum = raw.reduce((a, b) => a + b);
    const why = { strategy: "margin", phase: "refine", score: 0.0834, rank: i + 1, parts: [] };
    const blind = this.blind === String(i);
    const proba = this.traits.config.model && !blind ? raw.map((p) => p / sum) : null;
    return {
      sample: String(i),
      content: had ? null : await this.content(i, buffers),
      why,
      proba,
      flagged: i === 3,
      golden: this.traits.config.queue === "golden",
      blind,
    };
  }

  async explain({ sample }) {
    const buffers = [];
    const { proba } = await this.card(Number(sample), [], true);
    const order = this.options.map((_, k) => k).sort((a, b) => proba[b] - proba[a]);
    const [predicted, against] = order.map((k) => this.options[k].name);
    const near = [1, 2, 3].map((i) => Number(sample) + 7 * i);
    const neighbours = await Promise.all(
      near.map(async (i, k) => {
        const content = await this.content(i, buffers);
        if (content.kind === "row") content.cells = content.cells.slice(0, 5);
        return { sample: String(i), label: this.options[order[(i + k) % 2]].name, distance: 0.31 + k / 9, content };
      }),
    );
    const image = this.kind === "image";
    const body = { kind: "explained", sample, model: "m1", predicted, against, neighbours, grid: image ? 7 : 0 };
    return [{ body: { ...body, method: image ? "occlusion" : "linear", parts: PARTS[this.kind] ?? [] } }, buffers];
  }

  async content(i, buffers) {
    if (this.kind === "text") return { kind: "text", text: TEXTS[i % TEXTS.length] };
    if (this.kind === "row")
      return { kind: "row", cells: ROW.map(([name, value]) => [name, String(Number((value + i).toFixed(3)))]) };
    if (this.kind === "html")
      return {
        kind: "html",
        html: `<h1>Report ${i}</h1><p style="color:teal">With <a href="https://example.org">a link</a>.</p><script>document.title = "ran"</script>`,
      };
    buffers.push(await picture(i));
    return { kind: "image", buffer: buffers.length - 1, mime: "image/png", width: 28, height: 28 };
  }

  tell({ marks }) {
    const refused = this.refuse
      ? marks.map(({ id }) => ({
          id,
          code: "unknown-label",
          message: "'praise' is not a label of this task. Its labels are: refund request, technical support.",
        }))
      : [];
    if (!this.refuse) for (const mark of marks) this.fold(mark);
    this.rev += 1;
    const ids = this.refuse ? [] : marks.map(({ id }) => id);
    setTimeout(() => this.learn(), 60);
    return [{ body: { kind: "saved", ids, refused, view: this.view() } }, []];
  }

  fold({ id, action }) {
    if (action.kind === "flag") return;
    if (action.kind === "undo") {
      const taken = this.recent.find(({ event }) => event === action.target);
      this.recent = this.recent.filter((other) => other !== taken);
      if (taken) this.answered.delete(taken.sample);
      return;
    }
    this.answered.add(action.sample);
    this.recent = [
      ...this.recent,
      { event: id, sample: action.sample, kind: action.kind, value: action.value ?? null },
    ];
  }

  learn() {
    this.queue += 1;
    this.rev += 1;
    this.round += 1;
    this.rounds.push(round(this.round, this.answered.size));
    this.traits.view = this.view();
    this.emit("change:view");
  }

  view() {
    const labels = this.recent.filter(({ kind }) => kind === "annotate").length;
    const accuracy = 0.87;
    return {
      rev: this.rev,
      queue: this.queue,
      round: this.round,
      phase: "refine",
      problem: this.problem,
      recent: this.recent.slice(-20),
      counts: {
        total: this.total,
        labels,
        pool: this.total - this.answered.size,
        skipped: 0,
        rejected: 0,
        flagged: 1,
        golden: 60,
        verified: this.verified ?? 42,
      },
      model:
        labels > 0
          ? { version: "m1", labels, behind: this.behind ?? 0, accuracy, accuracy_low: 0.81, accuracy_high: 0.91 }
          : null,
    };
  }

  classes({ change }) {
    if (change?.op === "rename" && this.options.some(({ name }) => name === change.to)) {
      const message = `there is a label '${change.to}' already. To make one label of two, merge them.`;
      return [{ error: { code: "task", message } }, []];
    }
    if (change?.op === "rename") {
      this.options = this.options.map((label) => (label.name === change.name ? { ...label, name: change.to } : label));
      this.changes.push(`'${change.name}' is now called '${change.to}'`);
    }
    const task = { kind: "classification", labels: this.options, guidelines: GUIDELINES };
    const samples = this.options.map((_, i) => 12 - i);
    return [{ body: { kind: "classes", id: `t${this.changes.length}`, task, samples, changes: this.changes } }, []];
  }

  confusion() {
    const classes = this.options.map(({ name }, i) => ({
      label: name,
      support: 20 + i,
      recall: i === 4 ? null : 0.95 - i * 0.07,
      precision: 0.9 - i * 0.05,
    }));
    const counts = this.options.map((_, i) =>
      this.options.map((_, j) => (i === j ? 18 + i - 2 : (i * 3 + j) % 4 === 0 ? 2 : 0)),
    );
    return { kind: "confusion", classes, counts, model_version: "m1" };
  }
}

export function round(n, count) {
  const accuracy = 0.95 - 0.6 * Math.exp(-n / 9) + 0.02 * Math.sin(n * 2.1);
  return {
    kind: "round",
    round: n,
    labels: count,
    seconds: 0.05,
    model_version: `m${n}`,
    accuracy,
    accuracy_low: accuracy - 0.06,
    accuracy_high: Math.min(1, accuracy + 0.04),
    macro_f1: accuracy - 0.02,
    log_loss: 0.4,
  };
}

export function outlook(rounds, stop) {
  const { labels, accuracy } = rounds.at(-1);
  const point = (labels, accuracy, spread) => ({ labels, accuracy, low: accuracy - spread, high: accuracy + spread });
  const control = [4, 8, 14, 22, 30].map((n) => point(n, 0.9 - 0.6 * Math.exp(-n / 22), 0.05));
  const ahead = [point(labels, accuracy, 0), point(1.25 * labels, accuracy + 0.012, 0.008)];
  const gain = "18 more labels would bring about 1.2 points (0.4 to 2.0).";
  const advice = stop
    ? "You can stop. 18 more labels would bring about 0.2 points (0.0 to 0.4). 95% may be reached: 95.2% (84.2% to 98.7%, 42 golden samples), too few to be sure."
    : `Go on. ${gain} About 60 more labels to 95% (40–110).`;
  const savings =
    "30 labels drawn by lot reach 74.7%; the loop reached that with about 21 (15–27): 9 of 30 saved (3–15).";
  return { labels: 75, stop, advice, grounds: advice, savings, control, ahead };
}

async function picture(i) {
  const canvas = new OffscreenCanvas(28, 28);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "black";
  pen.fillRect(0, 0, 28, 28);
  pen.fillStyle = "white";
  pen.font = "bold 24px sans-serif";
  pen.fillText(String(i % 10), 7, 23);
  return new DataView(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}

const ROW = [
  ["mean radius", 14.12],
  ["mean texture", 19.28],
  ["mean perimeter", 91.97],
  ["mean area", 654.9],
  ["smoothness", 0.096],
  ["compactness", 0.104],
  ["concavity", 0.088],
  ["concave points", 0.048],
  ["symmetry", 0.181],
  ["fractal dimension", 0.063],
  ["worst radius", 16.27],
  ["worst texture", 25.68],
];
const PARTS = {
  text: [
    { name: "charged", weight: 1.32 },
    { name: "payment", weight: 0.81 },
    { name: "crashes", weight: -0.74 },
    { name: "money", weight: 0.66 },
    { name: "my", weight: -0.21 },
  ],
  row: [
    { name: "worst radius", weight: 1.9 },
    { name: "mean texture", weight: -0.7 },
    { name: "symmetry", weight: 0.2 },
  ],
  image: [
    { name: "2,3", weight: 1.4 },
    { name: "3,3", weight: 1.1 },
    { name: "1,4", weight: -0.9 },
    { name: "5,2", weight: 0.5 },
    { name: "4,4", weight: -0.3 },
    { name: "6,6", weight: 0.02 },
  ],
};
const GUIDELINES = `Label what the person **wants done**, not what went wrong.

- *refund request*: money back, also when they are still undecided
- *technical support*: the product does not work
- \`other\`: only when nothing else fits

See the [handbook](https://example.org/handbook). <b>Raw HTML stays text.</b>`;
