// Keeps the scroll position after a form that redirects to the same page, such as Follow in a list.
const KEY = "place";

export function connect(main) {
  const here = location.pathname + location.search;
  const [path, y] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  sessionStorage.removeItem(KEY);
  if (path === here && y > 0) {
    scrollTo(0, y);
    // The notice about the result is at the top, which is out of sight.
    for (const notice of main.querySelectorAll(".notice")) notice.classList.add("notice--floating");
  }
  main.addEventListener("submit", (event) => {
    if (event.target.elements.next?.value !== here) return;
    sessionStorage.setItem(KEY, JSON.stringify([here, scrollY]));
  });
}
