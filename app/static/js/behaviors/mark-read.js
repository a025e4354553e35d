// Notes that a conversation was read, once somebody really looks at the page; the button is then not needed.
export function connect(form) {
  form.hidden = true;

  async function send() {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => null);
    // What did not arrive can still be said by the button.
    if (answer?.type === "opaqueredirect") document.dispatchEvent(new Event("poll"));
    else form.hidden = false;
  }

  document.addEventListener("visibilitychange", send);
  send();
}
