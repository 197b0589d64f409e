// Carries what a person does to the kernel, and loses none of it: on the shelf first, then on the wire, and known to all
// other pages of this person.
import type { AnyModel } from "@anywidget/types";
import { Channel, type Link } from "./channel";
import { type Action, newMark } from "./mark";
import { Outbox, type Rejected } from "./outbox";
import { type News, PartyLine } from "./partyline";
import type { Mark, Problem, View } from "./protocol";
import { openShelf, type Shelf } from "./shelf";

/** What is on its way, and whether it is safe. */
export interface Mail {
  unsaved: readonly Mark[];
  rejected: readonly Rejected[];
  durable: boolean;
}

/** Whoever has things carried. */
export interface Sender {
  onLink(link: Link): void;
  /** Some were saved; the view is drawn with what `onMail` says next. */
  onSaved(view: View): void;
  /** The mail changed, or the trouble with all of it. */
  onMail(trouble?: Problem): void;
  /** Another page of this person did this. */
  onHeard(mark: Mark): void;
}

export class Post {
  readonly channel: Channel;
  #outbox: Outbox;
  #line: PartyLine;

  constructor(
    model: AnyModel,
    { dataset, annotator }: { dataset: string; annotator: string },
    private readonly sender: Sender,
    private readonly signal: AbortSignal,
    shelf: Shelf = openShelf(dataset, annotator),
  ) {
    this.channel = new Channel(model, (link) => this.#onLink(link), signal);
    this.#outbox = new Outbox(
      shelf,
      async (marks) => {
        const { body } = await this.channel.request({ kind: "tell", marks });
        this.#line.say({ kind: "settled", ids: body.ids });
        sender.onSaved(body.view);
        return body;
      },
      (trouble) => sender.onMail(trouble),
      signal,
    );
    this.#line = new PartyLine(dataset, annotator, (news) => this.#hear(news), signal);
  }

  get mail(): Mail {
    const { unsaved, rejected, durable } = this.#outbox;
    return { unsaved, rejected, durable };
  }

  /** Send what an earlier page could not, and let nobody leave this one without a word while something is unsaved. */
  open(): void {
    window.addEventListener("beforeunload", (event) => this.#outbox.atStake && event.preventDefault(), {
      signal: this.signal,
    });
    this.#outbox.flush();
  }

  tell(action: Action): Mark {
    const mark = newMark(action);
    this.#outbox.put(mark);
    this.#line.say({ kind: "made", mark });
    if (this.channel.link !== "silent" && this.channel.link !== "gone") this.#outbox.flush();
    return mark;
  }

  /** Try once more what the kernel did not take. */
  retry(): void {
    this.#outbox.again();
  }

  /** Give up what the kernel did not take. */
  discard(): void {
    this.#line.say({ kind: "settled", ids: this.#outbox.rejected.map(({ mark }) => mark.id) });
    this.#outbox.discard();
  }

  #onLink(link: Link): void {
    this.sender.onLink(link);
    if (link === "up") this.#outbox.flush();
  }

  #hear(news: News): void {
    if (news.kind === "settled") this.#outbox.forget(news.ids);
    else this.#outbox.adopt(news.mark);
    if (news.kind === "made") this.sender.onHeard(news.mark);
    else this.sender.onMail();
  }
}
