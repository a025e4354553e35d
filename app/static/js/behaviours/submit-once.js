// Sends a form once, however often it is clicked; the button stays enabled, so its value is sent.
export function connect(form) {
  let isSent = false;
  const mark = (state) => {
    isSent = state;
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      button.setAttribute("aria-disabled", String(state));
    }
  };
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    else mark(true);
  });
  // Back from the next page, the form may be sent again.
  addEventListener("pageshow", () => mark(false));
}
