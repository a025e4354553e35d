// Closes a menu on Escape and on a click elsewhere.
export function connect(menu) {
  const close = () => menu.removeAttribute("open");
  document.addEventListener("click", (event) => menu.contains(event.target) || close());
  // On phones the lowest menu would open behind the navigation.
  menu.addEventListener("toggle", () => {
    if (menu.open) menu.querySelector("ul").scrollIntoView({ block: "nearest" });
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
}
