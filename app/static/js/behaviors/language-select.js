// Submits the form as soon as a language is chosen, which makes its button unnecessary.
export function connect(form) {
  form.querySelector("select").addEventListener("change", () => form.requestSubmit());
}
