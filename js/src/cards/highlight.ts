// Finds the words that count in a text.
import type { Part } from "../protocol";

export interface Piece {
  text: string;
  weight?: number;
}

/** The text in pieces, in order; a piece that is one of the parts carries its weight. Words match whole. */
export function splitByParts(text: string, parts: readonly Part[]): Piece[] {
  const weights = new Map(parts.map(({ name, weight }) => [name.trim().toLowerCase(), weight]));
  weights.delete("");
  if (weights.size === 0) return [{ text }];
  const names = [...weights.keys()].sort((a, b) => b.length - a.length).map(escapeRegExp);
  const words = new RegExp(`(?<![\\p{L}\\p{N}])(?:${names.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(words)) {
    const weight = weights.get(word.toLowerCase());
    if (weight === undefined) continue; // another case folding than toLowerCase
    pieces.push({ text: text.slice(end, index) }, { text: word, weight });
    end = index + word.length;
  }
  return [...pieces, { text: text.slice(end) }].filter((piece) => piece.text !== "");
}

function escapeRegExp(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
