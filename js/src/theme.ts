// Light or dark: JupyterLab says so on the body; elsewhere the operating system does.

export type Theme = "light" | "dark";

export function currentTheme(): Theme {
  const light = document.body.dataset.jpThemeLight;
  if (light !== undefined) return light === "false" ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Call `apply` now and on every change, until the signal aborts. */
export function followTheme(apply: (theme: Theme) => void, signal: AbortSignal): void {
  const update = () => apply(currentTheme());
  const observer = new MutationObserver(update);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
  update();
}
