// Removes a notice.
export function connect(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.closest(".notice").remove();
    document.querySelector("main").focus({ preventScroll: true });
  });
}
