// The gate widget: a verdict, who serves, and the way from one to the other.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { GatePanel } from "./gate-panel";
import { GateState } from "./gate-state";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let state: GateState;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        state = new GateState(model, ending.signal);
        state.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      const show = () => draw(<GatePanel state={state} seen={state.seen} />, el);
      el.classList.add("nbloop");
      el.dataset.widget = "gate";
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
