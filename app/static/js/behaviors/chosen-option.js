// Says beside the button what a select has chosen, where it is not what everybody expects.
export function connect(select) {
  const chosen = select.form.querySelector(`output[for="${select.id}"]`);
  select.addEventListener("change", () => {
    const choice = select.selectedOptions[0].textContent;
    chosen.textContent = chosen.dataset.sentence.replace("{choice}", choice);
    chosen.hidden = select.value === chosen.dataset.usual;
  });
}
