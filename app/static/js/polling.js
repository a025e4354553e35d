// Polls the server while the page is visible, and backs off while it fails.

// `url` is asked for each time, since what a page wants to know may change. `onItems` gets each new response and returns true when polling is finished. Returns a function that polls at once.
export function startPolling(url, { every, atMost, onItems }) {
  const etags = new Map();
  let wait = every;
  let isOver = false;
  let timer;

  async function ask() {
    const address = url();
    const headers = { "X-Poll": "1" };
    if (etags.get(address)) headers["If-None-Match"] = etags.get(address);
    const response = await fetch(address, { headers, redirect: "manual" });
    // A redirect leads to the sign-in page, so there is nothing left to poll.
    if (response.type === "opaqueredirect") return true;
    if (response.status === 304) return false;
    if (!response.ok) throw new Error(response.status);
    etags.set(address, response.headers.get("ETag") ?? "");
    return onItems(await response.json()) === true;
  }

  async function poll() {
    clearTimeout(timer);
    if (isOver || document.visibilityState !== "visible") return;
    try {
      if (await ask()) isOver = true;
      wait = every;
    } catch {
      wait = Math.min(wait * 2, atMost);
    }
    // Another call may have set a timer in the meantime.
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(poll, wait);
  }

  timer = setTimeout(poll, wait);
  document.addEventListener("visibilitychange", poll);
  return poll;
}
