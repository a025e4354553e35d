// Submits a form once, however often it is clicked; the button stays enabled so that its value is sent.
const SLOW = 400;

export function connect(form) {
  let isSent = false;
  let timer;
  const buttons = () => [...form.elements].filter((control) => control.type === "submit");

  function showSlow(state) {
    document.documentElement.classList.toggle("sending", state);
    for (const button of buttons()) {
      if (!button.dataset.busy) continue;
      button.dataset.label ??= button.textContent;
      button.textContent = state ? button.dataset.busy : button.dataset.label;
    }
  }

  function mark(state) {
    isSent = state;
    for (const button of buttons()) button.setAttribute("aria-disabled", String(state));
    clearTimeout(timer);
    if (state) timer = setTimeout(showSlow, SLOW, true);
    else showSlow(false);
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (isSent) event.preventDefault();
    else mark(true);
  });
  // A page restored from the back/forward cache may submit again.
  addEventListener("pageshow", (event) => event.persisted && mark(false));
}
