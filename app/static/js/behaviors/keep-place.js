// Keeps the scroll position after a form that redirects to the same page, such as Follow in a list.
import { forget, keep, recall } from "../storage.js";

const KEY = "place";

export function connect(main) {
  const here = location.pathname + location.search;
  const kept = recall(KEY);
  forget(KEY);
  if (kept?.path === here && kept.y > 0) {
    scrollTo(0, kept.y);
    // The notice about the result is at the top, which is out of sight.
    for (const notice of main.querySelectorAll(".notice")) notice.classList.add("notice--floating");
  }
  main.addEventListener("submit", (event) => {
    if (event.target.elements.next?.value !== here) return;
    keep(KEY, { path: here, y: scrollY });
  });
}
