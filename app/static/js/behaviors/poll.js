// Keeps the numbers in the navigation true while somebody looks at the page.
const EVERY = 10_000;
const AT_MOST = 300_000;

export function connect(nav) {
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let etag = "";
  let wait = EVERY;
  let timer;

  function show({ name, data }) {
    const badge = nav.querySelector(`[data-badge="${CSS.escape(name)}"]`);
    if (!badge) return;
    badge.hidden = data === 0;
    badge.firstElementChild.textContent = data > 99 ? "99+" : number.format(data);
  }

  async function ask() {
    const headers = { "X-Poll": "1" };
    if (etag) headers["If-None-Match"] = etag;
    const answer = await fetch(nav.dataset.poll, { headers, redirect: "manual" });
    // Signed out meanwhile: there is nothing more to ask for.
    if (answer.type === "opaqueredirect") return false;
    if (answer.status === 304) return true;
    if (!answer.ok) throw new Error(answer.status);
    etag = answer.headers.get("ETag") ?? "";
    for (const item of await answer.json()) show(item);
    return true;
  }

  async function poll() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    try {
      if (!(await ask())) return;
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, AT_MOST);
    }
    clearTimeout(timer);
    timer = setTimeout(poll, wait);
  }

  timer = setTimeout(poll, wait);
  document.addEventListener("visibilitychange", poll);
  // Another behavior has changed what there is to read.
  document.addEventListener("poll", poll);
}
