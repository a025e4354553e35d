// Scrolls a row of tabs to the current one.
export function connect(nav) {
  const tab = nav.querySelector("[aria-current]");
  if (tab) nav.scrollLeft = tab.offsetLeft - (nav.clientWidth - tab.offsetWidth) / 2;
}
