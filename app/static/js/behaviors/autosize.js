// Grows a text area with its text in browsers without `field-sizing`.
export function connect(area) {
  if (CSS.supports("field-sizing", "content")) return;
  function fit() {
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight + 2}px`);
  }
  area.addEventListener("input", fit);
  fit();
}
