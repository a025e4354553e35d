// Forgets what this tab keeps when somebody signs out. Over plain http browsers ignore the header that asks for it.
import { forgetWhere } from "../storage.js";

export function connect(form) {
  form.addEventListener("submit", () => forgetWhere(() => true));
}
