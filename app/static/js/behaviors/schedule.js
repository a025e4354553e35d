// Says on the button of a composer whether it publishes now or at the time in these fields.
export function connect(fields) {
  const button = fields.form.querySelector(".btn-primary[type=submit]");
  const controls = [...fields.elements];

  fields.addEventListener("input", () => {
    button.textContent = controls.some((control) => control.value) ? fields.dataset.label : fields.dataset.usual;
  });
}
