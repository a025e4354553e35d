// Keeps the unread counts in the navigation current, and tells other behaviors of each change.
import { startPolling } from "../polling.js";

export function connect(nav) {
  const number = new Intl.NumberFormat(document.documentElement.lang);

  function show({ name, data }) {
    document.dispatchEvent(new CustomEvent("update", { detail: { name, data } }));
    const badge = nav.querySelector(`[data-badge="${CSS.escape(name)}"]`);
    if (!badge) return;
    badge.hidden = data === 0;
    badge.firstElementChild.textContent = data > 99 ? "99+" : number.format(data);
  }

  // What else this page wants to know, some of it not as often.
  const asked = new Map();
  function url() {
    const now = Date.now();
    const isDue = (element) => now - (asked.get(element) ?? 0) >= 1000 * (element.dataset.every ?? 0);
    const due = [...document.querySelectorAll("[data-query]")].filter(isDue);
    for (const element of due) asked.set(element, now);
    const wanted = due.map((element) => element.dataset.query).join("&");
    return wanted ? `${nav.dataset.poll}?${wanted}` : nav.dataset.poll;
  }
  const poll = startPolling(url, {
    every: 10_000,
    atMost: 300_000,
    onItems: (items) => items.forEach(show),
  });
  // Dispatched by behaviors that change the counts.
  document.addEventListener("poll", poll);
}
