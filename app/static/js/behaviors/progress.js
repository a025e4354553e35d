// Keeps the progress bar of an archive current.
import { startPolling } from "../polling.js";

export function connect(notice) {
  const [bar, text] = [notice.querySelector("progress"), notice.querySelector("[data-percent]")];
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

  function finish() {
    if ("reloads" in notice.dataset) return location.reload();
    for (const part of notice.querySelectorAll("p, .btn")) part.hidden = !("over" in part.dataset);
    document.dispatchEvent(new Event("poll"));
  }

  function show(items) {
    const task = items.find((item) => item.name === "task_progress")?.data;
    if (!task) return false;
    const isFinished = ["ready", "failed"].includes(task.state);
    if (isFinished) finish();
    bar.value = task.progress;
    text.textContent = percent.format(task.progress / 100);
    return isFinished;
  }

  // Often, since most archives take seconds.
  startPolling(() => notice.dataset.poll, { every: 1000, atMost: 60_000, onItems: show });
}
