// Sends the form of a button with what a passkey has signed or made, instead of what was typed.
export function connect(button) {
  const key = window.PublicKeyCredential;
  if (!key?.parseRequestOptionsFromJSON) return;
  const form = button.form;
  const note = document.getElementById(button.dataset.note);
  button.hidden = false;

  async function sign() {
    const answer = await fetch(button.dataset.options, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(answer.status);
    const options = await answer.json();
    return "creates" in button.dataset
      ? navigator.credentials.create({ publicKey: key.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: key.parseRequestOptionsFromJSON(options) });
  }

  button.addEventListener("click", async () => {
    if ("creates" in button.dataset && !form.reportValidity()) return;
    note.textContent = "";
    button.disabled = true;
    try {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "credential";
      field.value = JSON.stringify(await sign());
      form.append(field);
      form.action = button.formAction;
      form.submit();
    } catch {
      // Whoever changes their mind may try again, or sign in as before.
      note.textContent = button.dataset.failed;
      button.disabled = false;
    }
  });
}
