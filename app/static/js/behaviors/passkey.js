// Sends the form of a button with what a passkey has signed or made, instead of what was typed.
export function connect(button) {
  const key = window.PublicKeyCredential;
  const form = button.form;
  const note = document.getElementById(button.dataset.note);
  if (!key?.parseRequestOptionsFromJSON) {
    note.textContent = button.dataset.unsupported ?? "";
    return;
  }
  button.hidden = false;

  function fail(words) {
    note.textContent = words;
    button.ariaDisabled = null;
  }

  function sign(options) {
    return "creates" in button.dataset
      ? navigator.credentials.create({ publicKey: key.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: key.parseRequestOptionsFromJSON(options) });
  }

  button.addEventListener("click", async () => {
    if (button.ariaDisabled || ("creates" in button.dataset && !form.reportValidity())) return;
    note.textContent = "";
    // Not disabled, which would take the focus away.
    button.ariaDisabled = "true";
    form.action = button.formAction;
    try {
      const answer = await fetch(button.dataset.options, { method: "POST", body: new FormData(form) });
      if (answer.status === 429) return fail(button.dataset.limited);
      // The session may have ended, or be too old: the site then says so, or asks who it is.
      if (!answer.ok) return form.submit();
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "credential";
      field.value = JSON.stringify(await sign(await answer.json()));
      form.append(field);
      form.submit();
    } catch {
      // Whoever changes their mind may try again, or sign in as before.
      fail(button.dataset.failed);
    }
  });
}
