// The search page works without this. Here: "use my location", and the map.
// The list is the truth: each pin is made from a card's own attributes and words, read as text.
(() => {
  const find = document.getElementById("find");
  const near = document.getElementById("near");
  const column = document.getElementById("mapcol");
  const isWide = matchMedia("(min-width: 60em)").matches;

  // A tap sends a position no finer than a hundred metres, in a form, so that it is in no address.
  function askWhere() {
    near.hidden = false;
    near.querySelector("button").addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(sendPosition, sayRefused, { timeout: 15000, maximumAge: 600000 });
    });
  }

  function sendPosition({ coords }) {
    addField("lon", coords.longitude.toFixed(3));
    addField("lat", coords.latitude.toFixed(3));
    find.submit();
  }

  function addField(name, value) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    find.append(field);
  }

  function sayRefused() {
    const problem = document.getElementById("near-problem");
    problem.textContent = near.dataset.refused;
    problem.hidden = false;
    document.getElementById("where").focus();
  }

  // The map

  let isAskedFor = false;

  async function showMap() {
    if (isAskedFor) return;
    isAskedFor = true;
    const { leaflet, leafletStyles, map, failed } = column.dataset;
    try {
      await Promise.all([fetchStyles(leafletStyles), fetchScript(leaflet)]);
      await fetchScript(map);
    } catch {
      const words = document.createElement("p");
      words.textContent = failed;
      column.querySelector(".mapbox").replaceChildren(words);
    }
  }

  function fetchStyles(href) {
    return fetched(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }

  function fetchScript(src) {
    return fetched(Object.assign(document.createElement("script"), { src }));
  }

  function fetched(element) {
    return new Promise((done, failed) => {
      element.onload = done;
      element.onerror = failed;
      document.head.append(element);
    });
  }

  // Pins would cover each other where things lie close together: then they share one.
  const PIN_PX = 44;

  function attach(map, { label }) {
    const holder = map.getContainer();
    holder.setAttribute("role", "region");
    holder.setAttribute("aria-label", label);
    map.attributionControl?.setPrefix(false);
    map.scrollWheelZoom.disable();
    map.options.zoomSnap = 0.5;
    const cards = [...document.querySelectorAll(".card[data-lat]")];
    const { box, tiles, tilesBy } = column.dataset;
    if (tiles) L.tileLayer(tiles, { attribution: escaped(tilesBy), maxZoom: 19 }).addTo(map);
    const circles = L.layerGroup().addTo(map);
    const pins = L.layerGroup().addTo(map);
    if (box) fitBox(map, box.split(","));
    else fitCards(map, cards);
    const start = { at: map.getCenter(), zoom: map.getZoom() };
    drawPins(map, pins, cards);
    countParts(map, circles, cards);
    map.on("zoomend", () => drawPins(map, pins, cards));
    map.on("moveend", () => {
      if (isMoved(map, start)) offerSearch(map);
      countParts(map, circles, cards);
    });
  }

  function escaped(words) {
    return Object.assign(document.createElement("i"), { textContent: words }).innerHTML;
  }

  function fitCards(map, cards) {
    // More room on the left, so that no pin lies under the buttons to zoom.
    const room = { paddingTopLeft: [88, 36], paddingBottomRight: [36, 36] };
    map.fitBounds(L.latLngBounds(cards.map(pointOf)), { ...room, maxZoom: 15, animate: false });
  }

  function fitBox(map, [west, south, east, north]) {
    // A little less than all of it: its edges were rounded, and would take the map a step back.
    map.fitBounds([[south, west], [north, east]], { padding: [-8, -8], animate: false });
  }

  // What is in view, as a search asks for it: west, south, east, north.
  function boxOf(map) {
    const view = map.getBounds();
    const degrees = (value, most) => Math.min(Math.max(value, -most), most).toFixed(4);
    return [
      degrees(view.getWest(), 180), degrees(view.getSouth(), 85),
      degrees(view.getEast(), 180), degrees(view.getNorth(), 85),
    ].join();
  }

  function withBox(address, map) {
    return `${address}${address.includes("?") ? "&" : "?"}bbox=${boxOf(map)}`;
  }

  // "Search this area": only ever offered, and only once someone has moved the map.

  const MOVED_PX = 20;

  function isMoved(map, start) {
    const gone = map.latLngToLayerPoint(start.at).distanceTo(map.latLngToLayerPoint(map.getCenter()));
    return map.getZoom() !== start.zoom || gone > MOVED_PX;
  }

  function offerSearch(map) {
    const link = document.getElementById("here");
    link.dataset.address ??= link.getAttribute("href");
    link.href = withBox(link.dataset.address, map);
    link.hidden = false;
  }

  // From afar: how many things lie in each part of what is in view, on whatever page of the list.

  const COUNTED_BELOW = 13;
  let asked = 0;

  function countParts(map, circles, cards) {
    const mine = ++asked;
    if (map.getZoom() >= COUNTED_BELOW) return circles.clearLayers();
    // A moment later, so that a map on the move asks once.
    setTimeout(async () => {
      if (mine !== asked) return;
      const parts = await fetch(withBox(column.dataset.counts, map)).then((answer) => answer.json()).catch(() => []);
      if (mine === asked) drawCircles(map, circles, parts, cards);
    }, 150);
  }

  function drawCircles(map, circles, parts, cards) {
    circles.clearLayers();
    const taken = groupsOf(map, cards).map((group) => map.latLngToLayerPoint(pointOf(group[0])));
    const drawn = [];
    const crowded = [];
    for (const { n, at } of joined(map, parts)) {
      const free = beside(at).find((spot) => !taken.some((other) => isNear(spot, other)));
      if (!free) {
        crowded.push({ n, at });
        continue;
      }
      taken.push(free);
      drawn.push({ n, at, free });
    }
    for (const { n, at } of crowded) {
      if (drawn.length) nearest(drawn, at).n += n;
      else drawn.push({ n, at, free: at });
    }
    for (const { n, at, free } of drawn) addCircle(map, circles, n, free, map.layerPointToLatLng(at));
  }

  // Where there is no room for a circle of its own.
  function nearest(drawn, at) {
    return drawn.reduce((one, other) => (at.distanceTo(other.at) < at.distanceTo(one.at) ? other : one));
  }

  // Parts whose circles would cover each other share one.
  function joined(map, parts) {
    const sums = [];
    for (const [n, lon, lat] of parts) {
      if (!map.getBounds().contains([lat, lon])) continue;
      const at = map.latLngToLayerPoint([lat, lon]);
      const near = sums.find((sum) => isNear(sum.at, at));
      if (near) near.n += n;
      else sums.push({ n, at });
    }
    return sums;
  }

  // Where a pin stands already, a circle stands beside it.
  function beside({ x, y }) {
    const steps = [[0, 0], [1, 0], [0, 1], [0, -1], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]];
    return steps.map(([right, down]) => L.point(x + right * PIN_PX, y + down * PIN_PX));
  }

  function isNear(one, other) {
    return Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) < PIN_PX;
  }

  function addCircle(map, circles, n, spot, middle) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cl";
    button.textContent = n;
    button.setAttribute("aria-label", n > 1 ? `${n} ${column.dataset.here}` : column.dataset.oneHere);
    button.addEventListener("click", () => {
      // The circle goes: whoever pressed it by keyboard stays on the map.
      map.getContainer().focus({ preventScroll: true });
      map.setView(middle, Math.min(Math.ceil(map.getZoom()) + 2, 15));
    });
    L.DomEvent.disableClickPropagation(button);
    const icon = L.divIcon({ className: "", iconSize: [44, 44], html: button });
    L.marker(map.layerPointToLatLng(spot), { icon, keyboard: false, zIndexOffset: -1000 }).addTo(circles);
  }

  function drawPins(map, pins, cards) {
    const focused = document.activeElement?.dataset?.n;
    pins.clearLayers();
    for (const group of groupsOf(map, cards)) addPin(pins, group, focused);
  }

  function groupsOf(map, cards) {
    const groups = [];
    for (const card of cards) {
      const at = map.latLngToLayerPoint(pointOf(card));
      const near = groups.find((group) => isNear(group.at, at));
      if (near) near.cards.push(card);
      else groups.push({ at, cards: [card] });
    }
    return groups.map((group) => group.cards);
  }

  function pointOf(card) {
    return [+card.dataset.lat, +card.dataset.lon];
  }

  function addPin(pins, cards, focused) {
    const { n, strand } = cards[0].dataset;
    const face = document.createElement("span");
    face.textContent = cards.length > 1 ? `${n}+` : n;
    const icon = L.divIcon({ className: `mk ${strand}`, iconSize: [44, 44], html: face });
    const pin = L.marker(pointOf(cards[0]), { icon, keyboard: true, autoPanOnFocus: false }).addTo(pins);
    const button = pin.getElement();
    button.dataset.n = n;
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", nameOf(cards));
    let next = 0;
    const open = () => goTo(cards[next++ % cards.length]);
    pin.on("click", open);
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      open();
    });
    if (n === focused) button.focus();
    for (const card of cards) bind(card, button);
  }

  function nameOf(cards) {
    const names = cards.map((card) => {
      const title = card.querySelector("h2 a").textContent.trim();
      return `${card.dataset.n}. ${title}. ${card.querySelector(".w").textContent.trim()}`;
    });
    return cards.length > 1 ? `${cards.length} ${column.dataset.here}: ${names.join("; ")}` : names[0];
  }

  function goTo(card) {
    card.querySelector("h2 a").focus({ preventScroll: true });
    card.scrollIntoView({ block: "center" });
  }

  function bind(card, button) {
    const mark = (isOn) => () => {
      button.classList.toggle("on", isOn);
      card.classList.toggle("on", isOn);
    };
    // Set, not added: pins are drawn again at each zoom, and a card listens to its newest only.
    const link = card.querySelector("h2 a");
    card.onmouseenter = link.onfocus = mark(true);
    card.onmouseleave = link.onblur = mark(false);
  }

  function offerMap() {
    const holder = document.getElementById("showmap");
    const button = holder.querySelector("button");
    holder.hidden = false;
    button.addEventListener("click", () => {
      const isOpen = column.classList.toggle("open");
      button.setAttribute("aria-expanded", isOpen);
      button.textContent = isOpen ? button.dataset.hide : button.dataset.show;
      if (isOpen) showMap();
      (isOpen ? column : document.getElementById("count")).scrollIntoView();
    });
  }

  function offerMapInPlace() {
    const box = column.querySelector(".mapbox");
    box.hidden = true;
    const button = document.createElement("button");
    button.className = "btn";
    button.textContent = document.querySelector("#showmap button").dataset.show;
    button.addEventListener("click", () => {
      box.hidden = false;
      // Whoever came by keyboard stays where the button was.
      column.tabIndex = -1;
      column.focus();
      button.remove();
      showMap();
    });
    column.prepend(button);
  }

  window.tirnod = { attach };
  if (navigator.geolocation) askWhere();
  if (!column) return;
  offerMap();
  if (!isWide) return;
  // A wide screen shows the map by itself, unless its owner is saving data: then there is a button.
  if ("waits" in column.dataset || navigator.connection?.saveData) offerMapInPlace();
  else (window.requestIdleCallback ?? setTimeout)(showMap);
})();
