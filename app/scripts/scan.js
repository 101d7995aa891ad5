// Scans a pass with the phone's camera, where the browser can read such pictures by itself. Elsewhere
// the code is typed. No picture leaves the phone or stays on it.
(() => {
  const start = document.getElementById("scan");
  const form = document.getElementById("pass");
  const seen = document.getElementById("seen");
  if (!start || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;

  async function scan() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      seen.srcObject = stream;
      seen.hidden = false;
      start.hidden = true;
      await seen.play();
      form.elements.code.value = await found(new BarcodeDetector({ formats: ["qr_code"] }));
      form.elements.is_scanned.value = "yes";
      form.submit();
    } catch {
      document.getElementById("scan-trouble").textContent = start.dataset.none;
      seen.hidden = true;
    } finally {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }
  }

  async function found(detector) {
    for (;;) {
      const [code] = await detector.detect(seen);
      if (code) return code.rawValue;
      await new Promise((go) => setTimeout(go, 150));
    }
  }

  start.hidden = false;
  start.addEventListener("click", scan);
  if (new URLSearchParams(location.search).has("scan")) scan();
})();
