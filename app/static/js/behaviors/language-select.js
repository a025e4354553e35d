// Changes the language as soon as one is chosen; the form's button is then not needed.
export function connect(form) {
  form.querySelector("select").addEventListener("change", () => form.requestSubmit());
}
