// Sends the form of a text area with Ctrl+Enter, or with Command+Enter on a Mac.
export function connect(area) {
  area.setAttribute("aria-keyshortcuts", "Control+Enter Meta+Enter");
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    area.form.requestSubmit(area.form.querySelector(".btn-primary[type=submit]"));
  });
}
