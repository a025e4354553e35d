// Copies the address of a post; shown only where the browser can.
export function connect(button) {
  if (!navigator.clipboard) return;
  const label = button.querySelector("span");
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(new URL(button.dataset.path, location.href).href);
    label.textContent = button.dataset.done;
  });
}
