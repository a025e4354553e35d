// Searches an archive on disk. The texts are scripts, since pages opened from disk may not fetch files.
(() => {
  const form = document.querySelector("[data-parts]");
  if (!form) return;
  const [field, status, list] = [form.querySelector("input"), form.querySelector("p"), form.querySelector("ol")];
  const contents = document.querySelector(".archive__contents");
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const SHOWN = 100;
  const entries = [];
  let loading;
  let timer;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().normalize("NFC");

  window.archivePart = (part) => {
    for (const [place, day, text] of part) entries.push({ place, day, text, folded: fold(text) });
  };

  function load(part) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `search/${part}.js`;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  async function loadAll() {
    for (let part = 1; part <= Number(form.dataset.parts); part++) await load(part);
  }

  function excerpt(entry, word) {
    let start = Math.max(0, entry.folded.indexOf(word) - 60);
    // Start at the beginning of a word if there is one nearby.
    const space = entry.text.indexOf(" ", start);
    if (start && space > 0 && space - start < 20) start = space + 1;
    // No emoji or accent is torn apart, and without spaces the cut may be anywhere else.
    const whole = (place) => Intl.Segmenter && place < entry.text.length ? new Intl.Segmenter().segment(entry.text).containing(place).index : place;
    start = whole(start);
    const end = whole(start + 200);
    return (start ? "… " : "") + entry.text.slice(start, end) + (end < entry.text.length ? " …" : "");
  }

  function row(entry, words) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const day = document.createElement("span");
    const text = document.createElement("bdi");
    link.href = entry.place;
    day.textContent = entry.day;
    text.dir = "auto";
    text.textContent = excerpt(entry, words[0]);
    link.append(day, text);
    item.append(link);
    return item;
  }

  async function search() {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    contents.hidden = words.length > 0;
    list.replaceChildren();
    status.textContent = "";
    if (!words.length) return;
    try {
      await (loading ??= loadAll());
    } catch {
      status.textContent = form.dataset.missing;
      return;
    }
    const found = entries.filter((entry) => words.every((word) => entry.folded.includes(word))).reverse();
    const { none, more, found: all } = form.dataset;
    const sentence = found.length ? (found.length > SHOWN ? more : all) : none;
    status.textContent = sentence.replace("{count}", number.format(found.length)).replace("{shown}", number.format(SHOWN));
    list.replaceChildren(...found.slice(0, SHOWN).map((entry) => row(entry, words)));
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
})();
