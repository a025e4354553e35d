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

  // What else this page wants to know.
  const wanted = [...document.querySelectorAll("[data-query]")].map((element) => element.dataset.query);
  const url = wanted.length ? `${nav.dataset.poll}?${wanted.join("&")}` : nav.dataset.poll;
  const poll = startPolling(url, {
    every: 10_000,
    atMost: 300_000,
    onItems: (items) => items.forEach(show),
  });
  // Dispatched by behaviors that change the counts.
  document.addEventListener("poll", poll);
}
