// Says beside the button what a select has chosen, where it is not what everybody expects.
export function connect(select) {
  const chosen = select.form.querySelector(`output[for="${select.id}"]`);
  select.addEventListener("change", () => {
    chosen.textContent = select.selectedOptions[0].textContent;
    chosen.hidden = select.value === chosen.dataset.usual;
  });
}
