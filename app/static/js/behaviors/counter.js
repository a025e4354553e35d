// Shows how many characters are left, as people see them and the server counts them, and sends nothing too long.
const LOW = 20;
// Without it, an emoji of several parts counts as several.
const segmenter = Intl.Segmenter && new Intl.Segmenter();

// Further than any limit; to count all of a book that was pasted would hold up the page for seconds.
const EXACT_MAX = 100_000;

function length(text) {
  const typed = text.replace(/\r\n?|[\u2028\u2029]/g, "\n").trim().normalize("NFC");
  const start = typed.slice(0, EXACT_MAX);
  return [...(segmenter ? segmenter.segment(start) : start)].length + typed.length - start.length;
}

export function connect(counter) {
  const form = counter.closest("form");
  const text = document.getElementById(counter.dataset.for);
  const note = document.getElementById(`${counter.dataset.for}-note`);
  const button = form.querySelector(".btn-primary[type=submit]");
  const { lang } = document.documentElement;
  const [number, plural] = [new Intl.NumberFormat(lang), new Intl.PluralRules(lang)];
  const whole = note.textContent;
  let excess = 0;

  function showExcess() {
    const sentence = note.dataset[plural.select(excess)] ?? note.dataset.other;
    note.textContent = excess ? sentence.replace("{count}", number.format(excess)) : whole;
    note.classList.toggle("field__note--error", excess > 0);
    text.setAttribute("aria-invalid", String(excess > 0));
    // Another text of the same thread may be too long.
    const wrong = form.querySelector("[data-behavior~=submit-key][aria-invalid=true]");
    button.setAttribute("aria-disabled", String(Boolean(wrong)));
    if (wrong) button.setAttribute("aria-describedby", `${wrong.id}-note`);
    else button.removeAttribute("aria-describedby");
  }

  function update() {
    const left = counter.dataset.max - length(text.value);
    counter.textContent = number.format(left);
    counter.classList.toggle("counter--low", left < LOW);
    // Announced only near the limit, not at every key.
    counter.setAttribute("aria-live", left < LOW ? "polite" : "off");
    if (excess === Math.max(-left, 0)) return;
    excess = Math.max(-left, 0);
    showExcess();
  }

  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(update));
  // While capturing, since other listeners count on a form that is on its way.
  function submit(event) {
    // A draft may be longer, and what is too long can be split.
    if (!excess || event.submitter?.formNoValidate) return;
    event.preventDefault();
    text.focus();
  }
  form.addEventListener("submit", submit, { capture: true });
  update();
}
