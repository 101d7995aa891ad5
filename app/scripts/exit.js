// Leave at once: blank the page first, and put the new one in its place in the history. Three times
// the shift key does the same. Without this script the link is a link.
(() => {
  const link = document.querySelector("[data-exit]");
  if (!link) return;
  const leave = (event) => {
    event?.preventDefault();
    document.body.hidden = true;
    document.title = "";
    location.replace(link.href);
  };
  link.addEventListener("click", leave);

  const WITHIN_MS = 5000;
  let presses = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    if (event.repeat) return;
    const now = Date.now();
    presses = [...presses.filter((at) => now - at < WITHIN_MS), now];
    if (presses.length >= 3) leave();
  });
})();
