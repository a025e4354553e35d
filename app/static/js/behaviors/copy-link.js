// Copies the address of a post instead of opening it, where the browser allows it.
export function connect(link) {
  if (!navigator.clipboard) return;
  const { copy, copied } = link.closest("[data-copy]").dataset;
  link.textContent = copy;
  link.setAttribute("role", "button");
  link.setAttribute("aria-live", "polite");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(link.href);
      link.textContent = copied;
    } catch {
      // Somebody or something forbids it: the link is still a link.
      location.assign(link.href);
    }
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") event.preventDefault(), link.click();
  });
}
