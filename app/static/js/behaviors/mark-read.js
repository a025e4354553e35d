// Marks a conversation as read once the page is visible, which makes the button unnecessary.
export function connect(form) {
  form.hidden = true;

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
