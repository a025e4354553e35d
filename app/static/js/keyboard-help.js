// Shows what single keys do, over the page; the focus goes back to where it was.
export async function showHelp(url) {
  const response = await fetch(`${url}?as=fragment`);
  if (!response.ok || response.redirected) throw new Error(response.status);
  const dialog = document.createElement("dialog");
  dialog.className = "keyboard";
  dialog.setAttribute("aria-labelledby", "keyboard-heading");
  dialog.innerHTML = await response.text();
  // The dialog itself is clicked only outside of what it holds.
  dialog.addEventListener("click", ({ target }) => (target === dialog || "closes" in target.dataset) && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  if (document.querySelector("dialog[open]")) return;
  document.body.append(dialog);
  dialog.showModal();
}
