// The labeler widget: one desk for a model, one view for each place where it is shown.
import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Desk } from "./desk";
import { Labeler } from "./parts/labeler";
import { type Config, WIRE } from "./protocol";
import { followTheme } from "./theme";

export default () => {
  let desk: Desk;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        desk = new Desk(model, ending.signal);
        desk.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      el.classList.add("nbloop");
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      if (!speaksOurs(model)) {
        el.textContent = "This widget was made by another version of nbloop: re-run the cell.";
        return () => ending.abort();
      }
      const show = () => draw(<Labeler desk={desk} scene={desk.scene} />, el);
      show();
      desk.watch(show, signal);
      hideSummary(desk.config.dataset, signal);
      warnBeforeLeaving(desk, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};

function speaksOurs(model: AnyModel): boolean {
  return (model.get("config") as Config).wire === WIRE;
}

/** The summary that stands in for the widget in a page without a kernel is not needed beside it. */
function hideSummary(dataset: string, signal: AbortSignal): void {
  const style = document.createElement("style");
  style.textContent = `.nbloop-static[data-nbloop="${CSS.escape(dataset)}"]{display:none}`;
  document.head.append(style);
  signal.addEventListener("abort", () => style.remove(), { once: true });
}

function warnBeforeLeaving(desk: Desk, signal: AbortSignal): void {
  const warn = (event: BeforeUnloadEvent) => {
    if (desk.scene.unsaved.length > 0) event.preventDefault();
  };
  window.addEventListener("beforeunload", warn, { signal });
}
