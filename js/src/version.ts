// Whether the kernel that made a widget speaks the messages of this bundle.
import type { AnyModel } from "@anywidget/types";
import { WIRE } from "./protocol";

export function speaksOurs(model: AnyModel): boolean {
  return (model.get("config") as { wire?: number } | undefined)?.wire === WIRE;
}

export function showMismatch(el: HTMLElement): void {
  el.textContent = "This widget was made by another version of nbloop: re-run the cell.";
}
