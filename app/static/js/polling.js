// Polls the server while the page is visible, and backs off while it fails.

// `onItems` gets each new response and returns true when polling is finished. Returns a function that polls at once.
export function startPolling(url, { every, atMost, onItems }) {
  let etag = "";
  let wait = every;
  let isOver = false;
  let timer;

  async function ask() {
    const headers = { "X-Poll": "1" };
    if (etag) headers["If-None-Match"] = etag;
    const response = await fetch(url, { headers, redirect: "manual" });
    // A redirect leads to the sign-in page, so there is nothing left to poll.
    if (response.type === "opaqueredirect") return true;
    if (response.status === 304) return false;
    if (!response.ok) throw new Error(response.status);
    etag = response.headers.get("ETag") ?? "";
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
