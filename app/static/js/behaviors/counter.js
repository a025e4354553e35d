// Shows how many characters are left, as people see them, like the server.
const LOW = 20;
// Without it, an emoji of several parts counts as several.
const segmenter = Intl.Segmenter && new Intl.Segmenter();

function length(text) {
  const typed = text.replace(/\r\n?|[\u2028\u2029]/g, "\n").trim().normalize("NFC");
  return [...(segmenter ? segmenter.segment(typed) : typed)].length;
}

export function connect(counter) {
  const form = counter.closest("form");
  const text = document.getElementById(counter.dataset.for);
  const number = new Intl.NumberFormat(document.documentElement.lang);

  function update() {
    const left = counter.dataset.max - length(text.value);
    counter.textContent = number.format(left);
    counter.classList.toggle("counter--low", left < LOW);
    // Announced only near the limit, not at every key.
    counter.setAttribute("aria-live", left < LOW ? "polite" : "off");
  }

  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(update));
  update();
}
