// The register with a script: a tap changes the screen at once, and is sent in the order of tapping.
// What could not be saved goes back to how it was and says so. Without this script each tap is a
// form of its own.
(() => {
  const rows = document.querySelector("[data-door]");
  if (!rows) return;
  const buttons = [...rows.querySelectorAll("button")];
  const tally = document.getElementById("tally");
  const finish = document.querySelector("[data-finish]");
  const queue = [];
  // What the server last said of a row, and how many taps on it are still to be sent.
  const saved = new Map(buttons.map((button) => [button, isHere(button)]));
  const waiting = new Map(buttons.map((button) => [button, 0]));
  let sending = null;
  let warned = false;

  function isHere(button) {
    return button.getAttribute("aria-pressed") === "true";
  }

  function show(button, here, trouble = "") {
    button.setAttribute("aria-pressed", here);
    button.value = here ? "no" : "yes";
    button.closest("li").querySelector(".trouble").textContent = trouble;
  }

  function count() {
    tally.textContent = rows.dataset.tally
      .replace("{here}", buttons.filter(isHere).length)
      .replace("{all}", buttons.length);
  }

  function tap(form, body, changed, here) {
    queue.push({ form, body, changed, here });
    for (const button of changed) {
      waiting.set(button, waiting.get(button) + 1);
      show(button, here);
    }
    count();
    sending ??= send();
  }

  async function send() {
    while (queue.length) {
      const { form, body, changed, here } = queue[0];
      const trouble = await post(form.action, body);
      queue.shift();
      for (const button of changed) {
        waiting.set(button, waiting.get(button) - 1);
        if (!trouble) saved.set(button, here);
        // A later tap on the same row is still on its way: the screen already shows that one.
        else if (!waiting.get(button)) show(button, saved.get(button), trouble);
      }
      count();
    }
    sending = null;
  }

  // Answers what went wrong, in words for the row, or nothing.
  async function post(url, body) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(15000),
      });
      // The way led to the page to sign in: nothing was saved, and a second tap would not help.
      if (answer.redirected) return rows.dataset.signedOut;
      return answer.ok ? "" : (await answer.json()).error;
    } catch {
      return rows.dataset.unsaved;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const isEveryone = "everyone" in form.dataset;
    if (!isEveryone && !rows.contains(form)) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (isEveryone) {
      tap(form, body, buttons.filter((button) => !isHere(button)), true);
    } else {
      const button = form.querySelector("button");
      body.set("came", button.value);
      tap(form, body, [button], button.value === "yes");
    }
  });

  finish.addEventListener("click", async (event) => {
    event.preventDefault();
    await sending;
    const trouble = rows.querySelector(".trouble:not(:empty)");
    // Shown once: what the server refuses for good must not keep anyone at the door.
    if (trouble && !warned) trouble.closest("li").querySelector("button").focus();
    else location.assign(finish.href);
    warned = Boolean(trouble);
  });

  addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
})();
