// The review widget: one bench for a model, one view for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Bench } from "./bench";
import { Review } from "./parts/review";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let bench: Bench;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        bench = new Bench(model, ending.signal);
        bench.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      const show = () => draw(<Review bench={bench} scene={bench.scene} />, el);
      el.classList.add("nbloop");
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      show();
      bench.watch(show, signal);
      hideSummary(bench.config.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
