// Submits a form once, however often it is clicked; the button stays enabled so that its value is sent.
export function connect(form) {
  let isSent = false;
  const mark = (state) => {
    isSent = state;
    for (const control of form.elements) {
      if (control.type === "submit") control.setAttribute("aria-disabled", String(state));
    }
  };
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    else mark(true);
  });
  // A page restored from the back/forward cache may submit again.
  addEventListener("pageshow", (event) => event.persisted && mark(false));
}
