// Generated from src/nbloop/schema/ by `npm run generate`; changes belong there.

export const WIRE = 1;

/**
 * What a labeler is, fixed at birth (the `config` trait).
 */
export interface Config {
  wire: number;
  dataset: string;
  annotator: string;
  title: string;
  task: Classification;
  content: string;
  model: boolean;
  blind: boolean;
  queue: string;
  target?: number | null;
  classes?: string;
}
/**
 * Exactly one of several labels a sample.
 */
export interface Classification {
  kind: "classification";
  labels: (string | number | Label)[];
  guidelines?: string;
}
/**
 * One class of a task.
 */
export interface Label {
  name: string;
  key?: string | null;
  color?: string | null;
  description?: string;
}
/**
 * What a live curve is, fixed at birth.
 */
export interface CurveConfig {
  wire: number;
  dataset: string;
  title: string;
  labels: string[];
}
/**
 * Advice and savings in sentences, as of so many `labels`, and as points to draw.
 */
export interface Outlook {
  labels?: number;
  stop?: boolean;
  advice?: string;
  grounds?: string;
  savings?: string;
  control?: Point[];
  ahead?: Point[];
  problem?: Problem | null;
}
/**
 * A point of a curve with its 95 % interval.
 */
export interface Point {
  labels: number;
  accuracy: number;
  low: number;
  high: number;
}
/**
 * What a person reads when something failed.
 */
export interface Problem {
  code: string;
  message: string;
}
/**
 * What a review is, fixed at birth; `hidden`: votes are shown after one's own, `only`: of chosen samples.
 */
export interface ReviewConfig {
  wire: number;
  dataset: string;
  annotator: string;
  title: string;
  task: Classification;
  content: string;
  hidden: boolean;
  only: boolean;
  classes?: string;
}
/**
 * What a view of errors is, fixed at birth (the `config` trait).
 */
export interface MistakesConfig {
  wire: number;
  dataset: string;
  annotator: string;
  title: string;
  task: Classification;
  content: string;
}
/**
 * A whole snapshot of the loop (the `view` trait). An older `rev` is ignored; a new `queue` means: deal again.
 */
export interface View {
  rev: number;
  queue: number;
  round: number;
  counts: Counts;
  phase: string;
  recent?: Recent[];
  model?: ModelState | null;
  problem?: Problem | null;
  classes?: string;
}
/**
 * How many samples are in which state; `measuring` golden ones are verified, no past errors, and not held out.
 */
export interface Counts {
  total: number;
  labels: number;
  pool: number;
  skipped: number;
  rejected: number;
  flagged: number;
  golden: number;
  verified: number;
  apart?: number;
  again?: number;
  review?: number;
  measuring?: number;
}
/**
 * An answer that stands, newest last: what undo would take back.
 */
export interface Recent {
  event: string;
  sample: string;
  kind: string;
  value?: string | null;
}
/**
 * The model that serves now: `behind` counts the labels it has not learned yet.
 */
export interface ModelState {
  version: string;
  labels: number;
  behind: number;
  accuracy?: number | null;
  accuracy_low?: number | null;
  accuracy_high?: number | null;
}
/**
 * What a dashboard is, fixed at birth.
 */
export interface BoardConfig {
  wire: number;
  dataset: string;
  title: string;
}
/**
 * A verdict, fixed at birth; `looks` counts the models that were judged by these golden samples so far.
 */
export interface GateConfig {
  wire: number;
  dataset: string;
  candidate: string;
  current: string;
  passed: boolean;
  strict: boolean;
  checks: GateCheck[];
  looks: number;
}
/**
 * One thing the gate looked at; `margin` is the most that may be lost there, where there is such a thing.
 */
export interface GateCheck {
  name: string;
  outcome: "failed" | "passed" | "undecided";
  sentence: string;
  n?: number;
  difference?: number | null;
  low?: number | null;
  high?: number | null;
  margin?: number | null;
}
/**
 * Which version serves, which one may serve again, and why the candidate cannot be promoted; empty if it can.
 */
export interface Standing {
  serving: string | null;
  before: string | null;
  obstacle?: string;
}
/**
 * All tiles at one moment (the `board` trait); `rev` tells which of two is newer.
 */
export interface Board {
  rev: number;
  tiles?: Tile[];
  problem?: Problem | null;
}
/**
 * One thing to know: a figure, a sentence about it, and what to do next, as a sentence and as code.
 */
export interface Tile {
  name: string;
  title: string;
  value: string;
  detail: string;
  tone?: "bad" | "good" | "none" | "plain" | "warn";
  todo?: string;
  code?: string;
  interval?: Interval | null;
  share?: number | null;
  trend?: number[];
  bars?: Bar[];
}
/**
 * A figure and its 95 % interval, from 0 to 1.
 */
export interface Interval {
  value: number;
  low: number;
  high: number;
}
/**
 * One part of a whole: how many, and which share.
 */
export interface Bar {
  name: string;
  n: number;
  share: number;
}
/**
 * What the browser sends; there is exactly one reply, also when it fails.
 */
export interface Request {
  id: string;
  body:
    | Hello
    | Introduce
    | Deal
    | Tell
    | RoundsAfter
    | AskConfusion
    | AskClasses
    | ChangeClasses
    | AskReview
    | Reveal
    | Decide
    | AskExplanation
    | AskMistakes
    | AskTally
    | AskSlices
    | AskMistake
    | AskStory
    | PutDown
    | LookAgain;
}
/**
 * Is the kernel there? Repeated until the first reply.
 */
export interface Hello {
  kind: "hello";
}
/**
 * Say who answers, where nobody has: a name or pseudonym. A new `config` follows.
 */
export interface Introduce {
  kind: "introduce";
  name: string;
}
/**
 * Ask for the next `n` cards; `hold` are samples answered in this page that may not have arrived yet.
 */
export interface Deal {
  kind: "deal";
  n: number;
  hold?: string[];
  have?: string[];
  ready?: string;
}
/**
 * Answers to journal; the reply comes when they are durable.
 */
export interface Tell {
  kind: "tell";
  marks: Mark[];
}
/**
 * An answer as the browser made it.
 */
export interface Mark {
  id: string;
  at: string;
  action: Annotate | Skip | Reject | Flag | Adjudicate | Escalate | Discuss | Probe | Vote | Undo;
}
/**
 * A person gave a sample a value; `shown` tells whether they saw the model's probabilities.
 */
export interface Annotate {
  kind: "annotate";
  sample: string;
  value: string;
  rationale?: string;
  seconds?: number | null;
  shown?: boolean;
  said?: Said | null;
  under?: string;
}
/**
 * What the loop said of a sample when it was asked: the provenance of an answer.
 */
export interface Said {
  strategy: string;
  phase?: string;
  score?: number | null;
  rank?: number | null;
  model?: string | null;
  prediction?: string | null;
  proba?: {
    [k: string]: number;
  };
  lot?: string | null;
  chance?: number | null;
}
/**
 * Later: asked again after other samples.
 */
export interface Skip {
  kind: "skip";
  sample: string;
  rationale?: string;
  seconds?: number | null;
}
/**
 * A bad sample: never asked again, never learned.
 */
export interface Reject {
  kind: "reject";
  sample: string;
  rationale?: string;
  seconds?: number | null;
}
/**
 * Marked (or, with ``on=False``, unmarked) to be looked at again.
 */
export interface Flag {
  kind: "flag";
  sample: string;
  on?: boolean;
  rationale?: string;
}
/**
 * A reviewer decided what a sample is, whatever was voted; `blind`: the votes were hidden till then.
 */
export interface Adjudicate {
  kind: "adjudicate";
  sample: string;
  value: string;
  rationale?: string;
  seconds?: number | null;
  blind?: boolean;
  under?: string;
}
/**
 * Somebody was not sure: the sample goes up to reviewers (tier 2) or experts (tier 3).
 */
export interface Escalate {
  kind: "escalate";
  sample: string;
  tier?: number;
  rationale?: string;
  seconds?: number | null;
}
/**
 * A note to whoever looks at the sample next; it changes nothing.
 */
export interface Discuss {
  kind: "discuss";
  sample: string;
  rationale: string;
}
/**
 * An answer that is no vote: a person's own earlier one asked again, or a known one in training.
 */
export interface Probe {
  kind: "probe";
  sample: string;
  value: string;
  expected: string;
  about?: "again" | "training";
  seconds?: number | null;
  under?: string;
}
/**
 * What somebody who reviews thinks before they see what others said; it counts as a vote and decides nothing.
 */
export interface Vote {
  kind: "vote";
  sample: string;
  value: string;
  rationale?: string;
  seconds?: number | null;
  under?: string;
}
/**
 * Takes one earlier event back, by its id; undoing an undo brings it again.
 */
export interface Undo {
  kind: "undo";
  target: string;
}
/**
 * Ask for the rounds after this one.
 */
export interface RoundsAfter {
  kind: "rounds";
  after: number;
}
/**
 * Ask for recall and confusion on the golden set.
 */
export interface AskConfusion {
  kind: "confusion";
}
/**
 * Ask for the task in force.
 */
export interface AskClasses {
  kind: "classes";
}
/**
 * Change the classes where the task named `base` is in force; `id` is the event's, so that it happens once.
 */
export interface ChangeClasses {
  kind: "reclass";
  id: string;
  base: string;
  change: AddClass | RenameClass | MergeClasses | SplitClass | StyleClass | UndoClasses;
}
/**
 * One more label, at the end.
 */
export interface AddClass {
  op: "add";
  label: Label;
}
/**
 * Another name for a label.
 */
export interface RenameClass {
  op: "rename";
  name: string;
  to: string;
}
/**
 * One label for several.
 */
export interface MergeClasses {
  op: "merge";
  names: string[];
  into: string;
}
/**
 * Several labels for one; its samples become `to`, or are asked again.
 */
export interface SplitClass {
  op: "split";
  name: string;
  into: string[];
  to?: string | null;
}
/**
 * Another key, colour or description for a label; what is absent stays.
 */
export interface StyleClass {
  op: "style";
  name: string;
  key?: string | null;
  color?: string | null;
  description?: string | null;
}
/**
 * The last change of the classes is taken back.
 */
export interface UndoClasses {
  op: "undo";
}
/**
 * Ask for the next `n` cases; without those in `hold`, those put off (`last`) at the end.
 */
export interface AskReview {
  kind: "review";
  n: number;
  hold?: string[];
  last?: string[];
  have?: string[];
}
/**
 * Ask for one case as it is now, after one's own vote was saved: the others are shown then.
 */
export interface Reveal {
  kind: "reveal";
  sample: string;
}
/**
 * Let the candidate serve, or the version before the present one again; `id` makes it happen once.
 */
export interface Decide {
  kind: "decide";
  id: string;
  what: "promote" | "roll_back";
  reason?: string;
}
/**
 * Ask what in a sample counts for the model, and which labelled samples are like it.
 */
export interface AskExplanation {
  kind: "explain";
  sample: string;
}
/**
 * Ask for `n` errors of a cluster from place `start`, or around the one called `near` where it is still there.
 */
export interface AskMistakes {
  kind: "mistakes";
  cluster: Cluster;
  start: number;
  n: number;
  order?: "new" | "sure";
  near?: string;
}
/**
 * Errors that belong together: all, those of one label taken for another, of a slice, or put down to one reason.
 */
export interface Cluster {
  by?: "all" | "pair" | "reason" | "slice" | "status";
  name?: string;
  label?: string;
  predicted?: string;
  specs?: string[];
}
/**
 * Ask how many errors there are, what is taken for what, and what they were put down to.
 */
export interface AskTally {
  kind: "tally";
}
/**
 * Ask in which parts of the data the model errs: those of `specs`, or found by themselves when there are none.
 */
export interface AskSlices {
  kind: "slices";
  specs?: string[];
}
/**
 * Ask for all that is known of one sample.
 */
export interface AskMistake {
  kind: "mistake";
  sample: string;
}
/**
 * Ask what the last commit changed.
 */
export interface AskStory {
  kind: "story";
}
/**
 * Put the error on a sample down to a reason, or take that back with none; `id` is the event's.
 */
export interface PutDown {
  kind: "put_down";
  id: string;
  sample: string;
  reason: string;
  rationale?: string;
}
/**
 * Queue one sample, or all of a cluster, to be looked at again; `id` is the event's.
 */
export interface LookAgain {
  kind: "look_again";
  id: string;
  cluster: Cluster;
  sample?: string;
}
/**
 * The one reply to the request with this id.
 */
export interface Reply {
  reply_to: string;
  body?:
    | (
        | Welcome
        | Cards
        | Saved
        | Rounds
        | Confusion
        | Classes
        | Explained
        | Docket
        | Case
        | Decided
        | Mistakes
        | Tally
        | Slices
        | Dossier
        | Story
      )
    | null;
  error?: Problem | null;
}
/**
 * The kernel is there.
 */
export interface Welcome {
  kind: "welcome";
  view: View;
}
/**
 * The next cards, best first; their probabilities are of `model` and the task `classes`.
 */
export interface Cards {
  kind: "cards";
  cards: Card[];
  classes?: string;
  model?: string | null;
  keeps?: boolean;
}
/**
 * One sample as the browser holds it; `proba` follows the order of the labels, `content` may be there already.
 */
export interface Card {
  sample: string;
  content: (TextContent | ImageContent | RowContent | HtmlContent) | null;
  why: Why;
  proba?: number[] | null;
  flagged?: boolean;
  golden?: boolean;
  problem?: Problem | null;
  blind?: boolean;
  lot?: string | null;
  chance?: number | null;
}
/**
 * Shown as text, never as markup.
 */
export interface TextContent {
  kind: "text";
  text: string;
}
/**
 * `buffer` is the place of the encoded image among the buffers of the message.
 */
export interface ImageContent {
  kind: "image";
  buffer: number;
  mime: string;
  width: number;
  height: number;
}
/**
 * Column names and values as a person reads them.
 */
export interface RowContent {
  kind: "row";
  cells: [string, string][];
}
/**
 * Shown in a sandboxed frame that can run and fetch nothing.
 */
export interface HtmlContent {
  kind: "html";
  html: string;
}
/**
 * Why this sample is asked now.
 */
export interface Why {
  strategy: string;
  phase: string;
  score?: number | null;
  rank?: number | null;
  parts?: Part[];
}
/**
 * A word or column and what it adds to the predicted class over the runner-up (in logits).
 */
export interface Part {
  name: string;
  weight: number;
}
/**
 * The events `ids` are durable, whether they arrived now or before; those in `refused` never will be.
 */
export interface Saved {
  kind: "saved";
  ids: string[];
  view: View;
  refused?: Refused[];
}
/**
 * An answer that can never be recorded, and why: the page stops sending it and shows the message.
 */
export interface Refused {
  id: string;
  code: string;
  message: string;
}
/**
 * Rounds, oldest first.
 */
export interface Rounds {
  kind: "rounds";
  rounds: Round[];
}
/**
 * One update of the learner and what was measured after it; a measure without golden labels is absent.
 */
export interface Round {
  kind: "round";
  round: number;
  labels: number;
  seconds: number;
  model_version: string;
  accuracy?: number | null;
  accuracy_low?: number | null;
  accuracy_high?: number | null;
  macro_f1?: number | null;
  log_loss?: number | null;
  past_accuracy?: number | null;
  snapshot?: string;
  seq?: number;
  seed?: number;
  learner?: string;
  strategy?: string;
  held?: number;
}
/**
 * Golden samples by true label (row) and prediction (column), in the order of the labels.
 */
export interface Confusion {
  kind: "confusion";
  classes: ClassScore[];
  counts: number[][];
  model_version?: string | null;
}
/**
 * One class on the golden set; rates are absent where nothing was to be counted.
 */
export interface ClassScore {
  label: string;
  support: number;
  recall?: number | null;
  precision?: number | null;
}
/**
 * The task in force and its name, how many samples have each label, and what a person did to the labels.
 */
export interface Classes {
  kind: "classes";
  id: string;
  task: Classification;
  samples: number[];
  changes?: string[];
  locked?: string;
}
/**
 * What speaks for the predicted class over the runner-up, strongest first, and how that is known.
 */
export interface Explained {
  kind: "explained";
  sample: string;
  model: string;
  predicted: string;
  against: string;
  method: string;
  parts: Part[];
  grid?: number;
  neighbours?: Precedent[];
}
/**
 * A labelled sample like the one that was asked about; `distance` is that of their features.
 */
export interface Precedent {
  sample: string;
  label: string;
  distance: number;
  content: TextContent | ImageContent | RowContent | HtmlContent;
}
/**
 * The next cases, what is most pressing first.
 */
export interface Docket {
  kind: "docket";
  cases: Case[];
  left: number;
  above: number;
  waiting: Waiting[];
  up: number;
  again: number;
  same: number;
  probed?: Probed | null;
  thinking?: boolean;
}
/**
 * One sample to decide on; `content` may be there already, `votes` are absent while they are hidden.
 */
export interface Case {
  kind: "case";
  sample: string;
  content: (TextContent | ImageContent | RowContent | HtmlContent) | null;
  causes: Cause[];
  label: string | null;
  votes: Ballot[] | null;
  notes: Remark[];
  tier: number;
  own?: boolean;
  flagged?: boolean;
  problem?: Problem | null;
  said?: string | null;
}
/**
 * Why a sample is reviewed, and what is known of that.
 */
export interface Cause {
  reason: string;
  detail?: string;
}
/**
 * What one person said a sample is, and why.
 */
export interface Ballot {
  annotator: string;
  value: string;
  rationale?: string;
}
/**
 * What somebody wrote about a sample.
 */
export interface Remark {
  annotator: string;
  text: string;
}
/**
 * How many samples wait for one reason.
 */
export interface Waiting {
  reason: string;
  samples: number;
}
/**
 * An own answer asked again: what was said `before` and `now`.
 */
export interface Probed {
  sample: string;
  before: string;
  now: string;
}
/**
 * What a decision came to.
 */
export interface Decided {
  kind: "decided";
  standing: Standing;
}
/**
 * Errors `start` to `start + len(mistakes)` of `total`; `place` is where the one asked for is.
 */
export interface Mistakes {
  kind: "mistakes";
  total: number;
  start: number;
  mistakes: Mistake[];
  place?: number | null;
}
/**
 * One error as a line of a list; `id` names it, `now` is the label in force where it is another one since.
 */
export interface Mistake {
  id: string;
  sample: string;
  source: string;
  label: string;
  predicted: string;
  status: string;
  brief: string;
  confidence?: number | null;
  annotator?: string;
  reason?: string;
  rationale?: string;
  now?: string | null;
}
/**
 * Errors by what was taken for what (the most frequent of `pairs_total`), by reason, and by status.
 */
export interface Tally {
  kind: "tally";
  total: number;
  pairs: Pair[];
  pairs_total: number;
  causes: Attribution[];
  statuses: {
    [k: string]: number;
  };
  reasons: Reason[];
  model: string;
  labels: number;
  golden: number;
  waiting: number;
}
/**
 * How often `label` was taken for `predicted`.
 */
export interface Pair {
  label: string;
  predicted: string;
  n: number;
}
/**
 * How many errors are put down to a reason, the 95 % interval of its share, and what it calls for.
 */
export interface Attribution {
  reason: string;
  n: number;
  share: number;
  low: number;
  high: number;
  calls_for: string;
  advice: string;
}
/**
 * Why a model and a person may disagree, and what that calls for: data, model or guideline.
 */
export interface Reason {
  name: string;
  calls_for?: string;
  key?: string;
  description?: string;
}
/**
 * Slices, worst first, of `total`; judged on the golden set, or on answers, whose rate is no accuracy.
 */
export interface Slices {
  kind: "slices";
  slices: Slice[];
  total: number;
  judged: "answers" | "golden";
  n: number;
}
/**
 * How often the model errs in a part of the data, with the 95 % interval; `p` is corrected for many tests.
 */
export interface Slice {
  name: string;
  n: number;
  errors: number;
  rate: number;
  low: number;
  high: number;
  p: number;
}
/**
 * The card of one sample, what the present model predicts, and the labelled samples nearest to it.
 */
export interface Dossier {
  kind: "dossier";
  card: Card;
  neighbours: Neighbour[];
  predicted?: string;
  confidence?: number | null;
}
/**
 * A labelled sample that is near.
 */
export interface Neighbour {
  sample: string;
  label: string;
  distance: number;
  brief: string;
}
/**
 * What changed from one model to the next, sentence by sentence; no sentences before there are two to compare.
 */
export interface Story {
  kind: "story";
  before: string;
  after: string;
  sentences: Piece[][];
}
/**
 * A piece of a story: words, or a number with the code that it comes from.
 */
export interface Piece {
  text: string;
  source?: string;
}
