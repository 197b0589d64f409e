// The harness's kernel with a review in it: made-up cases, decided for good when a decision arrives.
import { Kernel } from "./kernel.js";

const PEOPLE = ["ada", "bob", "cyd", "dee"];

/** Cases by what they show: votes apart, sent up, flagged, doubted, asked again. */
function causesOf(i) {
  if (i % 5 === 0) return [{ reason: "disagreement", detail: "" }];
  if (i % 5 === 1)
    return [
      { reason: "sent up", detail: "to experts by bob" },
      { reason: "flagged", detail: "" },
    ];
  if (i % 5 === 2) return [{ reason: "label error", detail: "models that did not learn this label give it 3%" }];
  if (i % 5 === 3) return [{ reason: "look again", detail: "slice: texts of more than 200 signs" }];
  return [{ reason: "again", detail: "" }];
}

export class ReviewKernel extends Kernel {
  constructor({ waiting = 12, up = 3, hidden = false, ...options }) {
    super(options);
    this.waiting = waiting;
    this.up = up;
    this.again = 12;
    this.same = 11;
    this.notes = new Map([["1", [{ annotator: "bob", text: "Is a voucher a refund?\nThe handbook is silent." }]]]);
    this.revealed = new Set();
    const { wire, dataset, annotator, content, task } = this.traits.config;
    const title = options.title ?? "Review";
    this.traits.config = { wire, dataset, annotator, content, task, title, hidden, only: false, classes: "" };
  }

  async answer(body) {
    if (body.kind === "review") return this.docket(body);
    if (body.kind === "reveal") {
      this.revealed.add(body.sample);
      return [{ body: { ...(await this.case(Number(body.sample), [], true)), content: null } }, []];
    }
    return super.answer(body);
  }

  async docket({ n, hold, last, have }) {
    const all = Array.from({ length: this.waiting }, (_, i) => String(i));
    const free = all.filter((sample) => !this.answered.has(sample) && !hold.includes(sample));
    const order = [...free.filter((sample) => !last.includes(sample)), ...last.filter((one) => free.includes(one))];
    const buffers = [];
    const cases = await Promise.all(
      order.slice(0, n).map((sample) => this.case(Number(sample), buffers, have.includes(sample))),
    );
    const probed = this.probed ?? null;
    const standing = {
      left: free.length,
      above: 2,
      waiting: [],
      up: this.up,
      again: this.again,
      same: this.same,
      probed,
    };
    return [{ body: { kind: "docket", cases, ...standing, thinking: false } }, buffers];
  }

  async case(i, buffers, had) {
    const causes = causesOf(i);
    const own = causes[0].reason === "again";
    const dark = own || (this.traits.config.hidden && !this.revealed.has(String(i)));
    const [first, second] = this.options;
    const votes = [
      { annotator: "ada", value: first.name, rationale: "They want their money back." },
      { annotator: "bob", value: second.name, rationale: "" },
      { annotator: "cyd", value: first.name, rationale: "<b>same</b> as above, though they only ask <i>whether</i>" },
    ];
    return {
      kind: "case",
      sample: String(i),
      content: had ? null : await this.content(i, buffers),
      causes,
      label: dark ? null : first.name,
      votes: dark ? null : votes.slice(0, i % 5 === 2 ? 1 : 3),
      notes: dark ? [] : (this.notes.get(String(i)) ?? []),
      tier: i % 5 === 1 ? 3 : 2,
      own,
      flagged: i % 5 === 1,
    };
  }

  fold(mark) {
    const { action } = mark;
    if (action.kind === "discuss")
      this.notes.set(action.sample, [
        ...(this.notes.get(action.sample) ?? []),
        { annotator: PEOPLE[3], text: action.rationale },
      ]);
    else super.fold(mark);
    if (action.kind !== "probe") return;
    this.again += 1;
    this.probed = { sample: action.sample, before: this.options[0].name, now: action.value };
    if (this.probed.before === this.probed.now) this.same += 1;
  }
}
