// Tells the site how far somebody has read in home when they leave it, and opens it at that place on another device.
// A post counts as read once half of it, or much of the screen, has shown it for so long (milliseconds).
const SEEN_AFTER = 1000;

// A repost has its own place.
const idOf = (post) => Number(post.closest("[data-place]")?.dataset.place ?? post.id.replace("post-", ""));

function isMuchSeen({ isIntersecting, intersectionRatio, intersectionRect }) {
  return isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height > innerHeight * 0.4);
}

// Only where somebody arrives: who reloads the page or comes from home itself wants to see what is new.
function openAtPlace(link) {
  const [{ type }] = performance.getEntriesByType("navigation");
  const cameFrom = document.referrer && new URL(document.referrer).pathname;
  if (type !== "navigate" || location.hash || cameFrom === location.pathname) return;
  const place = document.getElementById("place");
  if (place) place.scrollIntoView({ block: "center" });
  else location.replace(link.href);
}

export function connect(form) {
  let known = Number(form.dataset.place);
  let newest = 0;
  const timers = new Map();

  const watch = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const post = entry.target;
        clearTimeout(timers.get(post));
        if (isMuchSeen(entry)) timers.set(post, setTimeout(see, SEEN_AFTER, post));
      }
    },
    { threshold: [0.2, 0.35, 0.5] },
  );
  function see(post) {
    if (document.visibilityState === "visible") newest = Math.max(newest, idOf(post));
    else timers.set(post, setTimeout(see, SEEN_AFTER, post));
  }
  for (const post of document.querySelectorAll("article.post")) watch.observe(post);

  function send() {
    if (newest <= known) return;
    const data = new FormData(form);
    data.set("post_id", newest);
    known = newest;
    fetch(form.action, { method: "POST", body: data, keepalive: true, redirect: "manual" }).catch(() => {});
  }
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && send());
  addEventListener("pagehide", send);

  const link = document.querySelector("[data-opens]");
  if (link) openAtPlace(link);
}
