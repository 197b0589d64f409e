// The labeler widget: one desk for a model, one view for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Advice } from "./advice";
import { Desk } from "./desk";
import { Identity } from "./identity";
import { Advised } from "./parts/advised";
import { Introduction } from "./parts/introduction";
import { Labeler } from "./parts/labeler";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let identity: Identity<Desk>;
  let advice: Advice;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        advice = new Advice(model, ending.signal);
        identity = new Identity(model, ending.signal, (signal) => {
          const desk = new Desk(model, signal);
          desk.open();
          return desk;
        });
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      // Drawn at once on every change: the next card is there before the key is up.
      const show = () => {
        const desk = identity.place;
        draw(
          <>
            {desk ? <Labeler desk={desk} scene={desk.scene} /> : <Introduction identity={identity} />}
            <Advised advice={advice} />
          </>,
          el,
        );
      };
      el.classList.add("nbloop");
      el.dataset.widget = "labeler";
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      show();
      identity.watch(show, signal);
      advice.watch(show, signal);
      hideSummary(identity.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
