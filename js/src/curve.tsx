// The live curve widget: one set of rounds for a model, one chart for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Curve } from "./parts/curve";
import { WIRE } from "./protocol";
import { Rounds } from "./rounds";
import { followTheme, type Theme } from "./theme";

export default () => {
  let rounds: Rounds;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      rounds = new Rounds(model, ending.signal);
      if (rounds.config.wire === WIRE) rounds.open();
      return () => ending.abort();
    },

    render({ el }: Pick<RenderProps, "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      let theme: Theme = "light";
      const place = document.createElement("div");
      place.className = "nbloop";
      el.append(place);
      const show = () => draw(<Curve rounds={rounds} progress={rounds.progress} theme={theme} />, place);
      followTheme((now) => {
        theme = now;
        place.dataset.theme = now;
        if (rounds.config.wire === WIRE) show();
      }, signal);
      if (rounds.config.wire === WIRE) rounds.watch(show, signal);
      else place.textContent = "This widget was made by another version of nbloop: re-run the cell.";
      return () => {
        ending.abort();
        draw(null, place);
        place.remove();
      };
    },
  };
};
