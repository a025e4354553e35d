// Copies what a field holds, where the browser allows it.
export function connect(button) {
  if (!navigator.clipboard) return;
  const field = document.getElementById(button.dataset.for);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch {
      // Somebody or something forbids it: the keyboard still copies what is selected.
      field.select();
    }
  });
}
