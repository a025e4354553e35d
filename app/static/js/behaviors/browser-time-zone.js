// Offers the time zone of this browser while another one is chosen.
export function connect(button) {
  const list = document.getElementById(button.dataset.for);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const update = () => (button.hidden = !zone || list.value === zone);
  button.addEventListener("click", () => {
    // Browsers know some cities by another name than the list.
    if (![...list.options].some((option) => option.value === zone)) list.add(new Option(zone.replaceAll("_", " "), zone));
    list.value = zone;
    list.focus();
    update();
  });
  list.addEventListener("change", update);
  update();
}
