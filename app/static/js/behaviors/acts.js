// The buttons below posts: sends what they say without leaving the page. It is on the form that they submit.
async function act(form, button) {
  const data = new FormData(form);
  data.set("as", "fragment");
  const response = await fetch(button.formAction, { method: "POST", body: data });
  if (!response.ok || response.redirected) throw new Error(response.status);
  const part = document.createElement("template");
  part.innerHTML = await response.text();
  const row = part.content.firstElementChild;
  const again = row.querySelector(`.${button.classList[0]}`);
  // What was narrowed since cannot be reposted again.
  if (again?.ariaPressed === "true") again.classList.add("act--fresh");
  // A key may have pressed another than the one with the focus.
  const [had] = button.parentElement.querySelector(":focus")?.classList ?? [];
  button.parentElement.replaceWith(row);
  if (had) row.querySelector(`.${had}`)?.focus({ preventScroll: true });
}

export function connect(form) {
  const submit = (event) => {
    const button = event.submitter;
    if (!button?.matches(".acts > button") || button.dataset.failed) return;
    event.preventDefault();
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    act(form, button).catch(() => {
      // The form is submitted as usual, and the page that follows says what is wrong.
      button.ariaBusy = null;
      button.dataset.failed = "yes";
      form.requestSubmit(button);
    });
  };
  // Before others on this form learn of it, which would let it be sent once only.
  form.addEventListener("submit", submit, { capture: true });
}
