// Copies the address of a post instead of opening it, where the browser allows it.
export function connect(link) {
  if (!navigator.clipboard) return;
  const { copy, copied } = link.closest("[data-copy]").dataset;
  const label = link.lastElementChild;
  label.textContent = copy;
  link.setAttribute("role", "button");
  link.setAttribute("aria-live", "polite");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(link.href);
      label.textContent = copied;
    } catch {
      // Somebody or something forbids it: the link is still a link.
      location.assign(link.href);
    }
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") event.preventDefault(), link.click();
  });
}
