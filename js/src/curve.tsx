// The live curve widget: one set of rounds for a model, one chart for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Curve } from "./parts/curve";
import { Rounds } from "./rounds";
import { hideSummary } from "./summary";
import { followTheme, type Theme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let rounds: Rounds;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        rounds = new Rounds(model, ending.signal);
        rounds.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      let theme: Theme = "light";
      const show = () => draw(<Curve rounds={rounds} progress={rounds.progress} theme={theme} />, el);
      el.classList.add("nbloop");
      el.dataset.widget = "curve";
      followTheme((now) => {
        theme = now;
        el.dataset.theme = now;
        show();
      }, signal);
      rounds.watch(show, signal);
      hideSummary(rounds.config.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
