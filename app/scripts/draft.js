// Keeps what is typed into a long form. Each change goes to the server as a draft, or waits in this
// tab until there is internet; a reload puts back what waited. Without this script the form keeps
// what its buttons send. Passwords are never kept.
(() => {
  const form = document.querySelector("form[data-keep]");
  // Whoever got here has sent the other pages of the form: what this tab held of them is old.
  const old = document.querySelector("[data-forget]")?.dataset.forget;
  for (const name of Object.keys(sessionStorage))
    if (old && name.startsWith(old) && name !== form?.dataset.keep) sessionStorage.removeItem(name);
  if (!form) return;
  const { keep: key, address } = form.dataset;
  const line = document.getElementById("kept-words");
  const never = new Set(["csrf_token", "password"]);
  let timer, sending, isLeaving;

  const say = (words) => line && (line.textContent = words);
  const typed = () => new URLSearchParams([...new FormData(form)].filter(([name]) => !never.has(name)));

  // Where a browser forbids to keep anything, what the server has must do.
  const hold = (text) => {
    try {
      sessionStorage.setItem(key, text);
    } catch {}
  };

  const putBack = (text) => {
    const values = new URLSearchParams(text);
    for (const field of form.elements) {
      if (!field.name || never.has(field.name) || ["hidden", "submit"].includes(field.type)) continue;
      if (["checkbox", "radio"].includes(field.type)) {
        field.checked = values.getAll(field.name).includes(field.value);
      } else if (values.has(field.name)) field.value = values.get(field.name);
    }
    for (const box of form.querySelectorAll("details"))
      box.open ||= [...box.querySelectorAll("input[type=text],textarea")].some((field) => field.value);
  };

  const send = async () => {
    const text = sessionStorage.getItem(key);
    if (!address || !text || isLeaving) return;
    if (sending) return (timer = setTimeout(send, 600));
    const body = new URLSearchParams(text);
    body.set("csrf_token", form.elements.csrf_token.value);
    sending = new AbortController();
    // An answer that never comes is no internet too.
    const late = setTimeout(() => sending?.abort(), 15000);
    try {
      const answer = await fetch(address, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: sending.signal,
      });
      if (answer.redirected) say(line.dataset.signedOut);
      else if (!answer.ok) say((await answer.json()).error);
      else {
        if (sessionStorage.getItem(key) === text) sessionStorage.removeItem(key);
        say(line.dataset.saved);
      }
    } catch {
      if (!isLeaving) say(line.dataset.away);
    }
    clearTimeout(late);
    sending = null;
  };

  const kept = sessionStorage.getItem(key);
  if (kept) putBack(kept);
  send();

  form.addEventListener("input", () => {
    hold(typed().toString());
    clearTimeout(timer);
    timer = setTimeout(send, 600);
  });
  addEventListener("online", send);
  form.addEventListener("submit", (event) => {
    hold(typed().toString());
    // The page that a browser shows without internet would take this one's place.
    if (!navigator.onLine) {
      event.preventDefault();
      return say(line?.dataset.away);
    }
    // What the button sends is newer than what is still on its way.
    isLeaving = true;
    clearTimeout(timer);
    sending?.abort();
  });
  // A reload asks for the page while what was typed is still on its way: the page that comes may know
  // nothing of it. So it stays in this tab, and is put back there and sent again.
  addEventListener("beforeunload", () => {
    isLeaving = true;
    clearTimeout(timer);
    sending?.abort();
    // Where nothing came of the leaving, it goes on.
    timer = setTimeout(() => {
      isLeaving = false;
      send();
    }, 3000);
  });
  // Come back to by the browser's own button.
  addEventListener("pageshow", () => (isLeaving = false));
})();
