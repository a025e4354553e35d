// Replaces the button with the translation of its post, without leaving the page.
import { attachBehaviors } from "../attach.js";

export function connect(button) {
  async function load() {
    const data = new FormData(button.form);
    data.set("as", "fragment");
    const response = await fetch(button.formAction, { method: "POST", body: data });
    if (!response.ok || response.redirected) throw new Error(response.status);
    const part = document.createElement("template");
    part.innerHTML = await response.text();
    const result = part.content.firstElementChild;
    // A page may show several translations, and ids must be unique.
    result.removeAttribute("id");
    attachBehaviors(result);
    button.replaceWith(result);
    result.focus({ preventScroll: true });
  }

  let isAsked = false;
  button.addEventListener("click", (event) => {
    // After a failure the form is submitted as usual, and the page that follows says what is wrong.
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
