// The view of errors: one book for a model, one view for each place where it is shown.
import type { InitializeProps, RenderProps } from "@anywidget/types";
import { render as draw } from "preact";
import { Book } from "./errors/book";
import { Errors } from "./errors/view";
import { hideSummary } from "./summary";
import { followTheme } from "./theme";
import { showMismatch, speaksOurs } from "./version";

export default () => {
  let book: Book;
  return {
    initialize({ model }: Pick<InitializeProps, "model">) {
      const ending = new AbortController();
      if (speaksOurs(model)) {
        book = new Book(model, ending.signal);
        book.open();
      }
      return () => ending.abort();
    },

    render({ model, el }: Pick<RenderProps, "model" | "el">) {
      const ending = new AbortController();
      const { signal } = ending;
      if (!speaksOurs(model)) return showMismatch(el);
      const show = () => draw(<Errors book={book} scene={book.scene} />, el);
      el.classList.add("nbloop");
      el.dataset.widget = "errors";
      followTheme((theme) => el.setAttribute("data-theme", theme), signal);
      show();
      book.watch(show, signal);
      hideSummary(book.config.dataset, signal);
      return () => {
        ending.abort();
        draw(null, el);
      };
    },
  };
};
