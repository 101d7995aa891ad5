// The register with a script. A tap changes the screen at once, is kept on this phone, and is sent in
// the order of tapping: now, or when there is internet again. Each tap has a name of its own, so that
// sent twice it counts once. What is kept names nobody. Without this script each tap is a form.
(() => {
  const rows = document.querySelector("[data-door]");
  if (!rows) return;
  const { keeper, taps: address, until } = rows.dataset;
  const words = rows.dataset;
  const buttons = [...rows.querySelectorAll("button[aria-pressed]")];
  const byBooking = new Map(buttons.map((button) => [bookingOf(button), button]));
  const tally = document.getElementById("tally");
  const waiting = document.getElementById("waiting");
  const finish = document.querySelector("[data-finish]");
  const OLDEST_MS = 15 * 24 * 60 * 60 * 1000;
  const MOST = 100;
  // What the server last said of a row.
  const saved = new Map(buttons.map((button) => [button, isHere(button)]));
  const device = (sessionOf().device ??= name());
  let token = document.querySelector("[name=csrf_token]").value;
  let queue = [];
  let last = 0;
  let sending = null;
  let keeping = Promise.resolve();
  let canKeep = true;
  let warned = false;
  let over = false;

  function name() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Some people forbid a browser to keep anything: then each load is a phone of its own.
  function sessionOf() {
    try {
      return localStorage;
    } catch {
      return {};
    }
  }

  function bookingOf(button) {
    return button.id.slice("row-".length);
  }

  function isHere(button) {
    return button.getAttribute("aria-pressed") === "true";
  }

  function show(button, here, trouble = "") {
    button.setAttribute("aria-pressed", here);
    button.value = here ? "no" : "yes";
    button.closest("li").querySelector(".trouble").textContent = trouble;
  }

  function count() {
    tally.textContent = words.tally
      .replace("{here}", buttons.filter(isHere).length)
      .replace("{all}", buttons.length);
  }

  function say(text) {
    waiting.textContent = text ?? "";
    waiting.hidden = !text;
  }

  function kept(act) {
    return new Promise((done, failed) => {
      const opening = indexedDB.open("door", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("taps", { keyPath: "id" });
      opening.onerror = failed;
      opening.onsuccess = () => {
        const change = opening.result.transaction("taps", "readwrite");
        const asked = act(change.objectStore("taps"));
        change.oncomplete = () => {
          opening.result.close();
          done(asked?.result);
        };
        change.onabort = failed;
      };
    });
  }

  // One after the other, and never in the way of the screen.
  function keep(act) {
    keeping = keeping.then(() => kept(act)).catch(() => (canKeep = false));
    return keeping;
  }

  function tap(changed, said, method) {
    const taps = changed.map((button) => {
      last = Math.max(Date.now(), last + 1);
      show(button, said === "here");
      return { id: name(), booking: bookingOf(button), said, method, at: last, keeper, sent: false };
    });
    queue.push(...taps);
    count();
    keep((store) => taps.forEach((one) => store.put(one)));
    sending ??= send();
  }

  async function send() {
    let answer = true;
    while (queue.length && answer && !over) {
      const batch = queue.slice(0, MOST);
      answer = await post(batch);
      if (answer) settle(batch, answer);
    }
    if (!queue.length) say("");
    sending = null;
  }

  function settle(batch, { saved: taken, refused, forget }) {
    const done = batch.filter(({ id }) => taken.includes(id) || id in refused);
    queue = queue.filter((one) => !done.includes(one));
    keep((store) =>
      done.forEach((one) => (one.id in refused ? store.delete(one.id) : store.put({ ...one, sent: true }))),
    );
    for (const { id, booking, said } of done) {
      const button = byBooking.get(booking);
      if (!button) continue;
      if (!(id in refused)) saved.set(button, said === "here");
      // A later tap on the same row is still on its way: the screen already shows that one.
      else if (!queue.some((one) => one.booking === booking)) show(button, saved.get(button), refused[id]);
    }
    count();
    if (forget) wipe(Object.values(refused)[0]);
  }

  // Answers what the server said, or nothing where it could not be reached.
  async function post(batch, isAgain) {
    try {
      const taps = batch.map(({ id, booking, said, method, at }) => {
        return { id, booking, said, method, at: new Date(at).toISOString() };
      });
      const answer = await fetch(address, {
        method: "POST",
        body: JSON.stringify({ device, sent_at: new Date().toISOString(), taps }),
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
        signal: AbortSignal.timeout(15000),
      });
      // The way led to the page to sign in: nothing was saved, and a second tap would not help.
      if (answer.redirected || answer.status === 401) return wipe(words.signedOut);
      if (answer.status === 403) return wipe((await answer.json()).error);
      if (answer.status === 400 && !isAgain) return await renew(batch);
      if (answer.ok) return await answer.json();
    } catch {
      // Said below: it is the same for whoever stands at the door.
    }
    say(words.waiting.replace("{number}", queue.length));
  }

  // A page kept for hours holds a token that the server takes no more.
  async function renew(batch) {
    const answer = await fetch(location.pathname);
    if (answer.redirected) return wipe(words.signedOut);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    token = page.querySelector("[name=csrf_token]")?.value ?? token;
    return post(batch, true);
  }

  // Nobody's name stays on this phone. What was tapped and not sent stays: it names nobody.
  function wipe(reason) {
    over = true;
    rows.replaceChildren();
    document.querySelector("[data-everyone]")?.remove();
    say(reason);
    window.caches?.open("kept").then(async (pages) => {
      for (const key of await pages.keys()) if (key.url.includes("/door/")) pages.delete(key);
    });
  }

  function wipeInTime() {
    if (until && Date.now() >= Number(until) && !over) wipe(words.over);
  }

  async function replay() {
    const taps = ((await kept((store) => store.getAll()).catch(() => null)) ?? []).filter(
      ({ keeper: by }) => by === keeper,
    );
    // A page from the network knows what was sent; one that this phone kept may be older.
    const isOld = !document.getElementById("kept")?.hidden;
    const past = taps.filter(({ sent, at }) => (sent && !isOld) || at < Date.now() - OLDEST_MS);
    keep((store) => past.forEach(({ id }) => store.delete(id)));
    const fresh = new Set(queue.map(({ booking }) => booking));
    const known = taps.filter((one) => !past.includes(one)).sort((one, other) => one.at - other.at);
    for (const { booking, said, sent } of known) {
      const button = byBooking.get(booking);
      if (!button || fresh.has(booking)) continue;
      show(button, said === "here");
      if (sent) saved.set(button, said === "here");
    }
    const mine = new Set(queue.map(({ id }) => id));
    queue = [...known.filter(({ id, sent }) => !sent && !mine.has(id)), ...queue];
    last = Math.max(last, ...queue.map(({ at }) => at));
    count();
    again();
  }

  function again() {
    wipeInTime();
    if (queue.length) sending ??= send();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const isEveryone = "everyone" in form.dataset;
    const button = form.querySelector("button[aria-pressed]");
    if (!isEveryone && !(button && rows.contains(form))) return;
    event.preventDefault();
    if (isEveryone) tap(buttons.filter((one) => !isHere(one)), "here", "everyone");
    else tap([button], isHere(button) ? "nothing" : "here", "tap");
  });

  // Signing out empties this phone: what was tapped goes first.
  document.addEventListener("submit", async (event) => {
    if (!event.target.action.endsWith("/sign-out") || !queue.length || over) return;
    event.preventDefault();
    await (sending ??= send());
    if (!queue.length || over) event.target.submit();
    else waiting.scrollIntoView();
  });

  finish?.addEventListener("click", async (event) => {
    event.preventDefault();
    again();
    await sending;
    await keeping;
    if (queue.length) return waiting.focus();
    const trouble = rows.querySelector(".trouble:not(:empty)");
    // Shown once: what the server refuses for good must not keep anyone at the door.
    if (trouble && !warned) trouble.closest("li").querySelector("button").focus();
    else location.assign(finish.href);
    warned = Boolean(trouble);
  });

  addEventListener("online", again);
  addEventListener("pageshow", again);
  document.addEventListener("visibilitychange", again);
  setInterval(again, 20000);
  addEventListener("beforeunload", (event) => {
    if (queue.length && !canKeep) event.preventDefault();
  });
  // Fetched behind the worker, so that it lies where a reload without internet finds it.
  const own = document.currentScript.src;
  navigator.serviceWorker?.ready.then(() => fetch(own)).catch(() => {});
  replay();
})();
