// Saves what a composer holds as a draft shortly after somebody stops typing, and when they leave the page.
// It is on the button that saves the draft; the line below the buttons says how that went. Times in milliseconds.
const PAUSE = 3000;
const LEAST_BETWEEN = 10_000;
const TIMEOUT = 5000;

async function send({ form, formAction }) {
  const body = new FormData(form);
  body.set("as", "fragment");
  // Browsers allow little text in what outlives its page.
  const keepalive = document.visibilityState === "hidden";
  const signal = AbortSignal.timeout(TIMEOUT);
  const response = await fetch(formAction, { method: "POST", body, redirect: "manual", keepalive, signal });
  if (!response.ok) throw new Error(response.status);
  return response.text();
}

export function connect(button) {
  const { form } = button;
  const line = form.querySelector(".autosaved");
  let timer;
  let savedAt = -Infinity;
  let running = null;
  let isChanged = false;

  async function save() {
    clearTimeout(timer);
    if (!isChanged || running) return;
    isChanged = false;
    savedAt = performance.now();
    running = send(button);
    try {
      line.innerHTML = await running;
    } catch {
      line.textContent = line.dataset.failed;
      isChanged = true;
    }
    running = null;
  }

  form.addEventListener("input", (event) => {
    // What another script puts back has been saved before.
    if (!event.isTrusted) return;
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(PAUSE, savedAt + LEAST_BETWEEN - performance.now()));
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());

  function submit(event) {
    clearTimeout(timer);
    isChanged = false;
    if (!running) return;
    // Otherwise a draft that arrives late would stay beside the post.
    event.preventDefault();
    event.stopImmediatePropagation();
    running.catch(() => {}).then(() => form.requestSubmit(event.submitter));
  }
  form.addEventListener("submit", submit, { capture: true });
}
