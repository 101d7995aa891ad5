// What works without a network: the shell of the site, a learner's own pass and bookings, and the
// register of a session that is on today.
// app/pages.py writes a first line above, with SHELL: what the shell is made of, and its mark.
const KEPT = "kept";
const ANYHOW = { ignoreVary: true };
// Only these pages are ever kept. They say no-store: nothing else on the phone may hold them.
const OWN = /^(\/cy)?\/me\/(pass|bookings(\/[\da-f-]{36})?)$/;
// And these, until when they say themselves.
const DOOR = /^(\/cy)?\/door\/[\da-f-]{36}$/;
// Forms that may change who is signed in here, and forms that change what is booked.
const WHO = /^(\/cy)?\/(sign-|start|account|me\/pass)/;
const PLANS = /\/(book|cancel|say)$/;
const LONGEST_MS = 12 * 60 * 60 * 1000;

// A page that was asked for before we forgot must not come back after.
let forgotten = 0;

async function forget(which) {
  forgotten++;
  const kept = await caches.open(KEPT);
  for (const key of await kept.keys()) if (await which(key, kept)) await kept.delete(key);
}

const all = () => true;
const ofBookings = ({ url }) => url.includes("/me/bookings");
const old = async (key, kept) => {
  const headers = (await kept.match(key, ANYHOW))?.headers;
  const age = Date.now() - headers?.get("kept-at");
  const until = headers?.get("kept-until");
  return age < 0 || (until ? Date.now() > until : age > LONGEST_MS);
};

async function keep(path, answer, since) {
  const headers = new Headers(answer.headers);
  headers.set("kept-at", Date.now());
  // The page holds the words that say how old it is, out of sight while there is a network.
  const page = (await answer.text()).replace('id="kept" hidden', 'id="kept"');
  const kept = await caches.open(KEPT);
  if (since === forgotten) await kept.put(path, new Response(page, { headers }));
}

async function fetched(event, path, asked) {
  const since = forgotten;
  const answer = (await event.preloadResponse) || (await fetch(asked));
  if (OWN.test(path) || DOOR.test(path)) {
    const isToday = OWN.test(path) || answer.headers.has("kept-until");
    if (answer.ok && !isToday) event.waitUntil(forget(({ url }) => url.endsWith(path)));
    else if (answer.ok) event.waitUntil(keep(path, answer.clone(), since));
    // Sent to sign in, or refused: whoever this was is not signed in any more.
    else if (answer.status < 500) event.waitUntil(forget(all));
  }
  return answer;
}

async function shown(event, path) {
  try {
    return await fetched(event, path, event.request);
  } catch {
    await forget(old);
    const kept = await (await caches.open(KEPT)).match(path, ANYHOW);
    return kept || caches.match(/^\/cy(\/|$)/.test(path) ? "/cy/offline" : "/offline", ANYHOW);
  }
}

async function built(request) {
  const shell = await caches.open(SHELL.mark);
  const kept = await shell.match(request, ANYHOW);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await shell.put(request, answer.clone());
  return answer;
}

async function fill() {
  skipWaiting();
  const shell = await caches.open(SHELL.mark);
  // The page without a network is kept as strangers see it.
  const pages = SHELL.pages.map((page) => new Request(page, { credentials: "omit" }));
  await shell.addAll([...SHELL.files, ...pages]);
}

async function begin(event) {
  for (const name of await caches.keys())
    if (name.startsWith("shell-") && name !== SHELL.mark) await caches.delete(name);
  await registration.navigationPreload?.enable();
  await clients.claim();
  // What stood open before we came was not seen on its way.
  for (const { url } of await clients.matchAll()) {
    const path = new URL(url).pathname;
    if (OWN.test(path) || DOOR.test(path)) await fetched(event, path, new Request(path, { redirect: "manual" }));
  }
}

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(begin(event).catch(() => {})));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST") {
    // Seen, and left alone: what a form sends and gets is never kept.
    if (WHO.test(pathname)) event.waitUntil(forget(all));
    else if (PLANS.test(pathname)) event.waitUntil(forget(ofBookings));
  } else if (mode === "navigate") event.respondWith(shown(event, pathname));
  else if (pathname.startsWith("/static/dist/")) event.respondWith(built(event.request));
});
// Nothing wakes us after 12 hours; the next time that we wake, we look.
forget(old);
