// A notice that something was done, after a redirect: what was on its way in this tab has arrived, wherever its form is.
import { change } from "../storage.js";

export function connect(_notice) {
  const [visit] = performance.getEntriesByType("navigation");
  if (!visit?.redirectCount) return;
  change((value) => value?.state === "sent" && { ...value, state: "arrived" });
}
