// Shows its children only when their cause has lasted: what passes at once would only flicker.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** `of` names the cause; another cause starts the waiting anew. */
export function Lasting({ ms, of, children }: { ms: number; of: string; children: ComponentChildren }) {
  const [lasted, setLasted] = useState<string>();
  useEffect(() => {
    const timer = setTimeout(() => setLasted(of), ms);
    return () => clearTimeout(timer);
  }, [ms, of]);
  return lasted === of ? children : null;
}
