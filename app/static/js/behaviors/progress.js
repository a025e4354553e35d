// Keeps a progress bar true while somebody looks at it; every second, since archives are quick.
const EVERY = 1000;
const AT_MOST = 60_000;

export function connect(notice) {
  const [bar, text] = [notice.querySelector("progress"), notice.querySelector("[data-percent]")];
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  let wait = EVERY;

  function end() {
    if ("reloads" in notice.dataset) return location.reload();
    for (const part of notice.querySelectorAll("p, .btn")) part.hidden = !("over" in part.dataset);
    document.dispatchEvent(new Event("poll"));
  }

  async function ask() {
    if (document.visibilityState === "visible") {
      const headers = { "X-Poll": "1" };
      const answer = await fetch(notice.dataset.poll, { headers, redirect: "manual" }).catch(() => null);
      // Signed out meanwhile: there is nothing more to ask for.
      if (answer?.type === "opaqueredirect") return;
      wait = answer?.ok ? EVERY : Math.min(wait * 2, AT_MOST);
      const items = answer?.ok ? await answer.json() : [];
      const task = items.find((item) => item.name === "task_progress")?.data;
      if (task && ["ready", "failed"].includes(task.state)) return end();
      if (task) {
        bar.value = task.progress;
        text.textContent = percent.format(task.progress / 100);
      }
    }
    setTimeout(ask, wait);
  }

  setTimeout(ask, wait);
}
