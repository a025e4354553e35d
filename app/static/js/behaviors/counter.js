// Shows how many characters are left, counted as the server counts them.
const LOW = 20;

function length(text) {
  return [...text.replace(/\r\n?|[\u2028\u2029]/g, "\n").trim().normalize("NFC")].length;
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
