// Goes back to the list that somebody came from, at the place where they were, instead of to its beginning.
export function connect(link) {
  const cameFrom = document.referrer && new URL(document.referrer);
  if (!cameFrom || cameFrom.origin !== location.origin || cameFrom.pathname === location.pathname) return;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.back();
  });
}
