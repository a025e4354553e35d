// Shows how many posts or messages came in since the page was loaded, as a link that loads them.
const MOST = 25;

export function connect(link) {
  const text = link.lastElementChild;
  const { lang } = document.documentElement;
  const [number, plural] = [new Intl.NumberFormat(lang), new Intl.PluralRules(lang)];

  document.addEventListener("update", ({ detail: { name, data } }) => {
    if (name !== link.dataset.name) return;
    link.hidden = data === 0;
    const sentence = text.dataset[plural.select(data)] ?? text.dataset.other;
    const count = data > MOST ? `${number.format(MOST)}+` : number.format(data);
    text.textContent = sentence.replace("{count}", count);
  });

  link.addEventListener("click", (event) => {
    if (!link.hash || link.pathname !== location.pathname) return;
    // To the same page with the same fragment the browser would only scroll.
    event.preventDefault();
    history.scrollRestoration = "manual";
    location.hash = link.hash;
    location.reload();
  });
}
