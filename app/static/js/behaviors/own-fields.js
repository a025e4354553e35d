// Shows and keeps nothing that another person typed in this tab before they were signed out.
import { forgetWhere } from "../storage.js";

export function connect(main) {
  const { owner } = main.dataset;
  // Going back, the browser fills in what was typed there, whoever is signed in by now.
  const isForeign = (history.state?.owner ?? owner) !== owner;
  history.replaceState({ ...history.state, owner }, "");
  // Whoever has to sign in again finds their text afterwards.
  if (owner) forgetWhere((key) => key.startsWith("text:") && !key.startsWith(`text:${owner}:`));
  if (!isForeign) return;
  const empty = () => main.querySelectorAll("form").forEach((form) => form.reset());
  empty();
  addEventListener("pageshow", empty, { once: true });
}
