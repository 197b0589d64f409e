// The labels of a task as the page uses them: found by key, found by typing.
import type { Classification, Label } from "./protocol";

export interface Choice {
  name: string;
  key: string | undefined;
  color: string;
  description: string;
  /** Its place in the probabilities of a card. */
  index: number;
}

export function choicesOf(task: Classification): Choice[] {
  return task.labels.map((given, index) => {
    const label: Label = typeof given === "object" ? given : { name: String(given) };
    return {
      name: label.name,
      key: label.key ?? undefined,
      color: label.color ?? "currentColor",
      description: label.description ?? "",
      index,
    };
  });
}

/** The label of a key; capitals count as small letters unless a label has the capital itself. */
export function choiceOfKey(choices: readonly Choice[], key: string): Choice | undefined {
  return choices.find((choice) => choice.key === key) ?? choices.find((choice) => choice.key === key.toLowerCase());
}

/** Labels that hold the text, those that begin with it first. */
export function choicesMatching(choices: readonly Choice[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase();
  const found = choices.filter((choice) => choice.name.toLowerCase().includes(wanted));
  const begins = (choice: Choice) => choice.name.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((choice) => !begins(choice))];
}

/** Between this many labels and more, a field for typing appears. */
export const MANY = 12;
