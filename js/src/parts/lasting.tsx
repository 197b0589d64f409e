// Whether a cause has lasted: what passes at once would only flicker.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Props {
  ms: number;
  of: string;
  children: ComponentChildren;
}

/** Shows its children only when their cause has lasted; `of` names it, and another one starts the waiting anew. */
export function Lasting({ ms, of, children }: Props) {
  return useLasting(of, ms) ? children : null;
}

/** Whether the same cause has been there for so long; none lasts. */
export function useLasting(of: string | undefined, ms: number): boolean {
  const [lasted, setLasted] = useState<string>();
  useEffect(() => {
    if (of === undefined) return;
    const timer = setTimeout(() => setLasted(of), ms);
    return () => clearTimeout(timer);
  }, [ms, of]);
  return of !== undefined && lasted === of;
}
