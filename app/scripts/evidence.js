// Sends a file in parts as soon as it is chosen, and goes on by itself after a dropped connection. The
// server knows a file again by its size and date: chosen once more, after a reload or on the next day,
// it goes on where it was. Without this script the form sends the file, if it is not too large.
(() => {
  const form = document.querySelector("form[data-uploads]");
  if (!form) return;
  const { file, upload } = form.elements;
  const { uploads, largest, going, done, waits, away, signedOut, tooBig } = form.dataset;
  const line = document.getElementById("upload-words");
  const MB = 1048576;
  let run = 0; // which file is being sent: a newer choice ends the one before
  let isSending = false, button = null;

  const say = (words) => line.textContent !== words && (line.textContent = words);
  const pause = (ms) =>
    new Promise((go) => {
      setTimeout(go, ms);
      addEventListener("online", go, { once: true });
    });

  const ask = async (address, method, headers, body) => {
    const answer = await fetch(address, {
      method,
      body,
      redirect: "manual",
      headers: {
        "Tus-Resumable": "1.0.0",
        "X-CSRFToken": form.elements.csrf_token.value,
        Accept: "application/json",
        ...headers,
      },
    });
    if (answer.type === "opaqueredirect") throw new Refused(signedOut);
    return answer;
  };
  class Refused extends Error {}
  const refuse = async (answer) => {
    if (answer.status >= 500) throw new TypeError("later");
    throw new Refused((await answer.json()).error);
  };

  const begin = async (chosen) => {
    const mark = btoa(`${chosen.size}-${chosen.lastModified}`);
    const begun = await ask(uploads, "POST", {
      "Upload-Length": chosen.size,
      "Upload-Metadata": `mark ${mark}`,
    });
    return begun.ok ? begun.headers.get("Location") : refuse(begun);
  };

  const send = async (chosen, mine) => {
    let address, offset, part = MB / 2, wait = 1000;
    while (mine === run) {
      try {
        address ||= await begin(chosen);
        if (offset === undefined) {
          const stands = await ask(address, "HEAD");
          if (stands.status === 404) {
            address = "";
            continue;
          }
          if (!stands.ok) throw new TypeError("later");
          offset = +stands.headers.get("Upload-Offset");
        }
        if (mine !== run) return;
        if (offset >= chosen.size) return address;
        const here = (offset / MB).toFixed(), all = Math.max(1, chosen.size / MB).toFixed();
        say(going.replace("{here}", here).replace("{all}", all));
        const since = Date.now();
        const taken = await ask(
          address,
          "PATCH",
          { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" },
          chosen.slice(offset, offset + part),
        );
        if (taken.ok) {
          offset = +taken.headers.get("Upload-Offset");
          wait = 1000;
          if (Date.now() - since < 1000) part = Math.min(part * 2, 4 * MB);
        } else if ([404, 409, 423].includes(taken.status)) {
          offset = undefined;
          if (taken.status === 423) await pause(wait);
        } else await refuse(taken);
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (mine !== run) return;
        say(away);
        offset = undefined;
        part = MB / 4;
        await pause(wait);
        wait = Math.min(wait * 2, 30000);
      }
    }
  };

  const choose = async () => {
    const mine = ++run, [chosen] = file.files;
    upload.value = "";
    file.name = "file";
    isSending = false;
    if (!chosen) return say("");
    if (chosen.size > largest * MB) return say(tooBig);
    isSending = true;
    try {
      const address = await send(chosen, mine);
      if (mine !== run) return;
      upload.value = address.split("/").pop();
      file.removeAttribute("name"); // it is here: the form need not send it again
      isSending = false;
      say(done);
      if (button !== null) form.requestSubmit(button);
    } catch (error) {
      if (mine !== run) return;
      isSending = false;
      button = null;
      file.value = ""; // so that the same file can be chosen again
      say(error.message);
    }
  };

  file.addEventListener("change", choose);
  form.addEventListener("submit", (event) => {
    if (!isSending) return;
    event.preventDefault();
    button = event.submitter;
    say(waits);
  });
  // A browser that comes back may still hold a choice.
  if (file.files.length) choose();
})();
