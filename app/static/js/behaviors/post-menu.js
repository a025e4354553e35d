// Opens the menus of the posts of a page, which are pages of their own, beside their buttons.
import { attachBehaviors } from "../attach.js";

// Tells where the menu of a post opens, on wide screens; on phones it is at the bottom.
function place(menu, link) {
  const { right, left, bottom, top } = link.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRight = getComputedStyle(link).direction === "ltr";
  const x = isRight ? right - width : left;
  const y = bottom + height < innerHeight ? bottom : Math.max(0, top - height);
  menu.style.setProperty("--menu-x", `${Math.max(0, x)}px`);
  menu.style.setProperty("--menu-y", `${y}px`);
}

async function openMenu(link) {
  const response = await fetch(`${link.pathname}?as=fragment`);
  if (!response.ok || response.redirected) throw new Error(response.status);
  const menu = document.createElement("dialog");
  menu.className = "post-menu";
  menu.setAttribute("aria-label", link.getAttribute("aria-label"));
  menu.innerHTML = await response.text();
  attachBehaviors(menu);
  // The dialog itself is clicked only outside of its list.
  menu.addEventListener("click", (event) => event.target === menu && menu.close());
  menu.addEventListener("close", () => menu.remove());
  link.after(menu);
  menu.showModal();
  place(menu, link);
}

export function connect(form) {
  form.ownerDocument.addEventListener("click", (event) => {
    const link = event.target.closest(".act-more");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    link.ariaBusy = "true";
    openMenu(link)
      .catch(() => location.assign(link.href))
      .finally(() => (link.ariaBusy = null));
  });
  // Back on this page its menu is closed, whatever was chosen.
  addEventListener("pageshow", () => document.querySelector("dialog.post-menu")?.close());
}
