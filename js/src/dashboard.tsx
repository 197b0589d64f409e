// The dashboard widget: one board for a model, drawn in each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { BoardState } from "./dashboard-state";
import { Dashboard } from "./dashboard-tiles";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let state: BoardState;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        state = new BoardState(model, ending.signal);
        state.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      const show = () => draw(<Dashboard title={state.config.title} seen={state.seen} />, el);
      el.classList.add("nbloop");
      el.dataset.widget = "dashboard";
      followTheme((theme) => {
        el.dataset.theme = theme;
      }, signal);
      state.watch(show, signal);
      show();
      hideSummary(state.config.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
