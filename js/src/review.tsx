// The review widget: one bench for a model, one view for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Bench } from "./bench";
import { Identity } from "./identity";
import { Introduction } from "./parts/introduction";
import { Review } from "./parts/review";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let identity: Identity<Bench>;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        identity = new Identity(model, ending.signal, (signal) => {
          const bench = new Bench(model, signal);
          bench.open();
          return bench;
        });
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      const show = () => {
        const bench = identity.place;
        draw(bench ? <Review bench={bench} scene={bench.scene} /> : <Introduction identity={identity} />, el);
      };
      el.classList.add("nbloop");
      el.dataset.widget = "review";
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      show();
      identity.watch(show, signal);
      hideSummary(identity.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
