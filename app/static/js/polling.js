// Asks the server repeatedly while somebody looks at the page, and backs off while it fails.

// `onItems` gets each new answer and returns true when nothing more is to come. Returns a function that asks at once.
export function startPolling(url, { every, atMost, onItems }) {
  let etag = "";
  let wait = every;
  let isOver = false;
  let timer;

  async function ask() {
    const headers = { "X-Poll": "1" };
    if (etag) headers["If-None-Match"] = etag;
    const response = await fetch(url, { headers, redirect: "manual" });
    // A redirect leads to the sign-in page, so there is nothing more to ask for.
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
    // Meanwhile another call may have set its own.
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(poll, wait);
  }

  timer = setTimeout(poll, wait);
  document.addEventListener("visibilitychange", poll);
  return poll;
}
