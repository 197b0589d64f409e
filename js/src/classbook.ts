// The classes as they are now: follows what the view says is in force, and carries a person's changes to the kernel.
import { type Channel, newId, RequestFailed } from "./channel";
import { type Choice, choicesOf } from "./labels";
import type { ChangeClasses, Classes, Classification, Config, Problem } from "./protocol";

export type Change = ChangeClasses["change"];

/** What is in force. */
export interface Book {
  /** Names the task; answers carry it, so that one under an old name still counts. */
  id: string;
  task: Classification;
  choices: readonly Choice[];
  /** How many samples have each label; none before the kernel was asked. */
  samples: readonly number[];
  /** What was done to the labels, in words, oldest first. */
  changes: readonly string[];
  /** Why this person may not change them; empty where they may. */
  locked: string;
  /** Why the last change could not be made. */
  refusal: Problem | null;
}

export function firstBook({ task, classes }: Pick<Config, "task" | "classes">): Book {
  return { id: classes ?? "", task, choices: choicesOf(task), samples: [], changes: [], locked: "", refusal: null };
}

export class ClassBook {
  #fetching = false;
  #wanted = "";

  constructor(
    private readonly channel: Channel,
    private readonly look: () => Book,
    private readonly show: (book: Book) => void,
  ) {}

  /** The view says which task is in force. */
  follow(id: string | undefined): void {
    this.#wanted = id ?? "";
    if (this.#wanted && this.#wanted !== this.look().id) void this.fetch();
  }

  /** Ask for the task, and for how many samples have each label. */
  async fetch(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      this.#take((await this.channel.request({ kind: "classes" })).body);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
    } finally {
      this.#fetching = false;
    }
  }

  /** Change the classes; whether it was done. A request that is repeated changes them once. */
  async change(change: Change): Promise<boolean> {
    try {
      const base = this.look().id;
      this.#take((await this.channel.request({ kind: "reclass", id: newId(), base, change })).body);
      return true;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.show({ ...this.look(), refusal: error.problem });
      void this.fetch();
      return false;
    }
  }

  #take({ id, task, samples, changes, locked }: Classes): void {
    const refusal = id === this.look().id ? this.look().refusal : null;
    this.show({
      id,
      task,
      choices: choicesOf(task),
      samples,
      changes: changes ?? [],
      locked: locked ?? "",
      refusal,
    });
  }
}
