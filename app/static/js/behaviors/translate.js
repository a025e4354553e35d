// Puts the translation of a post in the place of its button, without leaving the page.
import { attachBehaviors } from "../attach.js";

export function connect(button) {
  async function load() {
    const data = new FormData(button.form);
    data.set("as", "fragment");
    const answer = await fetch(button.formAction, { method: "POST", body: data });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    const result = part.content.firstElementChild;
    // A page may show several.
    result.removeAttribute("id");
    attachBehaviors(result);
    button.replaceWith(result);
    result.focus({ preventScroll: true });
  }

  let isAsked = false;
  button.addEventListener("click", (event) => {
    // What could not be fetched is tried as any form: its answer is a page that says why.
    if (isAsked === "failed") return;
    event.preventDefault();
    if (isAsked) return;
    isAsked = true;
    button.setAttribute("aria-busy", "true");
    load().catch(() => {
      isAsked = "failed";
      button.removeAttribute("aria-busy");
      button.click();
    });
  });
}
