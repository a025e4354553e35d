// Single keys, such as the next post, for those who have not turned them off. Never while somebody types or a dialog is open.
import { showHelp } from "../keyboard-help.js";

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const isFolded = (post) => post.parentElement.closest("details:not([open])");
const posts = () => [...document.querySelectorAll("main article.post")].filter((post) => !isFolded(post));
// The post with the focus, or the one that a page is about.
const current = () => document.activeElement?.closest("article.post") ?? document.querySelector("article.post--alone");

function step(by) {
  const all = posts();
  // From wherever somebody has scrolled to; what the head of the page covers is behind them.
  const head = document.querySelector(".page-head")?.getBoundingClientRect().bottom ?? 0;
  const here = document.activeElement?.closest("article.post");
  const inView = all.findIndex((post) => post.getBoundingClientRect().bottom > head + 1);
  const next = all[here ? all.indexOf(here) + by : inView + Math.min(by, 0)];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// Clicks what a post offers, if it does: nobody likes what they wrote themselves.
const press = (selector) => current()?.querySelector(selector)?.click();

function goTo(field, link) {
  const here = document.querySelector(field);
  if (here) here.focus();
  else document.querySelector(link)?.click();
}

export function connect(frame) {
  const help = frame.dataset.keys;
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    r: () => press("a.act-reply"),
    t: () => press("button.act-repost"),
    l: () => press("button.act-like"),
    b: () => press("button.act-keep"),
    n: () => goTo("#composer-post", ".write-button a"),
    "/": () => goTo("main input[type=search]", ".site-nav a[href$='/search']"),
    "?": () => showHelp(help).catch(() => location.assign(help)),
  };
  document.addEventListener("keydown", (event) => {
    const { ctrlKey, metaKey, altKey, isComposing, defaultPrevented, key, target } = event;
    if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented || !Object.hasOwn(acts, key)) return;
    if (target.closest(TYPED_INTO) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    acts[key]();
  });
}
