// Marks what a page shows as read once it is visible. The button stays if it would mark more than that.
export function connect(form) {
  form.hidden = !("stays" in form.dataset);

  async function send() {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => null);
    // After a failure the button still works.
    if (response?.type === "opaqueredirect") document.dispatchEvent(new Event("poll"));
    else form.hidden = false;
  }

  document.addEventListener("visibilitychange", send);
  send();
}
