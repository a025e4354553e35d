// Keeps the unread counts in the navigation current.
import { startPolling } from "../polling.js";

export function connect(nav) {
  const number = new Intl.NumberFormat(document.documentElement.lang);

  function show({ name, data }) {
    const badge = nav.querySelector(`[data-badge="${CSS.escape(name)}"]`);
    if (!badge) return;
    badge.hidden = data === 0;
    badge.firstElementChild.textContent = data > 99 ? "99+" : number.format(data);
  }

  const poll = startPolling(nav.dataset.poll, {
    every: 10_000,
    atMost: 300_000,
    onItems: (items) => items.forEach(show),
  });
  // Dispatched by behaviors that change the counts.
  document.addEventListener("poll", poll);
}
