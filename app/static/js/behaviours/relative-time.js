// Keeps "5 min" true while the page stays open, in the words of the server.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const WEEK = 7 * 86400;

export function connect(time) {
  const written = Date.parse(time.dateTime);
  const lang = time.closest("[lang]").lang;

  function update() {
    const age = Math.max((Date.now() - written) / 1000, 60);
    // Older ones read as a date, which stays true.
    if (age >= WEEK) return clearInterval(timer);
    const [unit, seconds] = UNITS.find((unit) => age >= unit[1]);
    const format = new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short" });
    time.textContent = format.format(Math.round(age / seconds));
  }

  const timer = setInterval(update, 60_000);
}
