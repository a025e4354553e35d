// Keeps what is typed into a form in this tab until it is sent, so that leaving the page loses nothing.
// Going back after it was sent empties the form, so that it is not sent twice.
import { forget, forgetWhere, keep, recall } from "../storage.js";

const initial = (field) => field.defaultValue ?? [...field.options].find((option) => option.defaultSelected)?.value ?? "";

export function connect(form) {
  const key = `text:${form.dataset.owner}:${new URL(form.action).pathname}`;
  // With whom it is for, or what was meant for few would come back for everybody.
  const fields = [...form.querySelectorAll("textarea[name], input[type=text][name], select[name]")];
  const names = fields.map((field) => field.name).join();
  // What comes back is the same text as before: it is published once, and has one draft.
  const id = form.elements.form_key;
  const forgetOthers = (own) => id && forgetWhere((name) => name !== own && recall(name)?.id === id.value);

  function write(state, texts = fields.map((field) => field.value)) {
    if (state === "typed" && fields.every((field) => field.value === initial(field))) forget(key);
    else keep(key, { names, texts, state, id: id?.value });
  }

  function fill(field, text) {
    field.value = text;
    // What a select no longer offers.
    if (field.value !== text) field.value = initial(field);
    // Nobody sends what they do not see.
    if (text && text !== initial(field)) field.closest("details")?.setAttribute("open", "");
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  }

  function show(isBack, isRedirected) {
    const kept = recall(key);
    // A thread may have been written elsewhere, which fits in no single field.
    if (kept?.names !== names) return;
    const isRefused = fields.some((field) => field.getAttribute("aria-invalid") === "true");
    if (kept.state === "sent" && isRedirected) write("arrived", kept.texts);
    fields.forEach((field, number) => {
      const text = kept.texts[number] ?? "";
      const isUntouched = field.value === initial(field);
      if (kept.state === "arrived" && isBack && field.value === text) fill(field, initial(field));
      // Also what was sent and never arrived, because the network or the site failed.
      else if (kept.state === "typed" || (kept.state === "sent" && !isRedirected && !isRefused)) {
        if (text && isUntouched) fill(field, text);
        if (id && kept.id) id.value = kept.id;
      }
    });
    // Emptying a field counts as typing; the browser may fill in another one only after that.
    if (kept.state === "arrived") write("arrived", kept.texts);
  }

  form.addEventListener("input", () => write("typed"));
  form.addEventListener("submit", () => (write("sent"), forgetOthers(key)));
  // The site knows better what it holds.
  if ("fresh" in form.dataset) forgetOthers();
  const [visit] = performance.getEntriesByType("navigation");
  const isBack = visit?.type === "back_forward";
  // This may run before the browser fills in what was typed before, or only after pageshow.
  addEventListener("pageshow", (event) => (event.persisted || isBack) && show(true, false));
  // The site answers a form that it took with a redirect.
  show(isBack, !isBack && visit?.redirectCount > 0);
}
