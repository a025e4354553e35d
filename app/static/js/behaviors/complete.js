// Offers names and tags while somebody types one into a text area; the list stands below it.
const PAUSE = 150;
// What is being typed before the cursor. In the middle of a word, as in an address, it is neither.
const START = /(?:^|[\s([{"'“‘¿¡（「，。、])([@＠#＃][^\s@＠#＃]{1,50})$/u;

export function connect(area) {
  const list = document.getElementById(area.getAttribute("aria-controls"));
  let [timer, request, chosen] = [null, null, -1];
  const start = () => START.exec(area.value.slice(0, area.selectionStart))?.[1];

  function close() {
    request?.abort();
    clearTimeout(timer);
    list.replaceChildren();
    area.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function choose(number) {
    chosen = (number + list.children.length) % list.children.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", place === chosen));
    area.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function insert(option) {
    const [typed, end] = [start() ?? "", area.selectionStart];
    area.setRangeText(`${option.dataset.text} `, end - typed.length, end, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function load(text) {
    request = new AbortController();
    const address = `${list.dataset.from}?${new URLSearchParams({ start: text })}`;
    const response = await fetch(address, { signal: request.signal }).catch(() => null);
    if (!response?.ok || response.redirected || start() !== text) return;
    list.innerHTML = await response.text();
  }

  const take = () => insert(list.children[chosen]);
  const up = () => choose(chosen < 0 ? -1 : chosen - 1);
  const keys = { ArrowDown: () => choose(chosen + 1), ArrowUp: up, Enter: take, Tab: take, Escape: close };
  area.addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing);
    const needsChoice = event.key === "Enter" || event.key === "Tab";
    if (!isPlain || !list.children.length || !keys[event.key] || (needsChoice && chosen < 0)) return;
    event.preventDefault();
    keys[event.key]();
  });
  area.addEventListener("input", (event) => {
    close();
    if (event.isTrusted && start()) timer = setTimeout(load, PAUSE, start());
  });
  area.addEventListener("blur", () => setTimeout(close, PAUSE));
  list.addEventListener("pointerdown", (event) => (event.preventDefault(), insert(event.target.closest("li"))));
}
