// The labeler widget: one desk for a model, one view for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Desk } from "./desk";
import { Labeler } from "./parts/labeler";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

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
      if (!speaksOurs(model)) return showMismatch(el);
      // Drawn at once on every change: the next card is there before the key is up.
      const show = () => draw(<Labeler desk={desk} scene={desk.scene} />, el);
      el.classList.add("nbloop");
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      show();
      desk.watch(show, signal);
      hideSummary(desk.config.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
