// Copies the address of a post instead of opening it, where the browser allows it.
export function connect(link) {
  if (!navigator.clipboard) return;
  const { copy, copied } = link.closest("[data-copy]").dataset;
  link.textContent = copy;
  link.setAttribute("role", "button");
  link.setAttribute("aria-live", "polite");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await navigator.clipboard.writeText(link.href);
    link.textContent = copied;
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") event.preventDefault(), link.click();
  });
}
