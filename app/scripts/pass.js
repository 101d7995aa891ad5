// The pass on a phone: a picture and six digits that are new every half minute. Without this script,
// or without internet, the lasting picture stays, as on paper.
(() => {
  const line = document.getElementById("moving");
  const frame = document.querySelector(".qr");
  if (!line || !frame) return;
  const lasting = frame.firstElementChild;

  function stay() {
    frame.replaceChildren(lasting);
    line.hidden = true;
  }

  async function renew() {
    if (document.hidden) return;
    try {
      const answer = await fetch(line.dataset.code, { signal: AbortSignal.timeout(10000) });
      if (!answer.ok || answer.redirected) return stay();
      const { picture, digits } = await answer.json();
      const drawn = new DOMParser().parseFromString(picture, "text/html").querySelector("svg");
      frame.replaceChildren(drawn);
      line.querySelector("b").textContent = digits.replace(/^.../, "$&\u00a0");
      line.hidden = false;
    } catch {
      stay();
    }
  }

  renew();
  setInterval(renew, 20000);
  document.addEventListener("visibilitychange", renew);
  addEventListener("online", renew);
  addEventListener("offline", stay);
  // What moves is worth nothing on paper.
  addEventListener("beforeprint", stay);
})();
