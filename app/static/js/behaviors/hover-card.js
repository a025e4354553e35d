// Shows a profile card beside a name after a moment of hover or focus.
import { attachBehaviors } from "../attach.js";

const WAIT = 500;
let hideOpen = () => {};

async function load(link) {
  const response = await fetch(`${link.pathname}/popup`);
  if (!response.ok || response.redirected) return null;
  const card = document.createElement("div");
  card.className = "hover-card";
  card.innerHTML = await response.text();
  const here = location.pathname + location.search;
  for (const next of card.querySelectorAll("input[name=next]")) next.value = here;
  attachBehaviors(card);
  return card;
}

export function connect(link) {
  if (!matchMedia("(hover: hover)").matches) return;
  const place = link.parentElement;
  let card, timer;

  const hide = () => {
    clearTimeout(timer);
    if (card?.isConnected) card.remove();
  };
  async function show() {
    card ??= await load(link).catch(() => null);
    if (!card || !place.matches(":hover, :focus-within")) return;
    hideOpen();
    hideOpen = hide;
    link.after(card);
    card.classList.remove("hover-card--above");
    card.classList.toggle("hover-card--above", card.getBoundingClientRect().bottom > innerHeight);
  }
  const later = (act) => () => {
    clearTimeout(timer);
    timer = setTimeout(act, WAIT);
  };
  const leave = later(() => place.matches(":focus-within") || hide());

  link.addEventListener("mouseenter", later(show));
  link.addEventListener("focus", later(show));
  link.addEventListener("mouseleave", () => card?.isConnected || clearTimeout(timer));
  place.addEventListener("mouseleave", leave);
  place.addEventListener("mouseenter", () => card?.isConnected && clearTimeout(timer));
  place.addEventListener("focusout", (event) => place.contains(event.relatedTarget) || hide());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (card?.contains(document.activeElement)) link.focus();
    hide();
  });
}
