// Reads a card aloud with the voice of the device itself: nothing is sent anywhere.
(() => {
  const voice = window.speechSynthesis;
  if (!voice || !window.SpeechSynthesisUtterance) return;
  for (const button of document.querySelectorAll("[data-speak]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const was = button.classList.contains("on");
      voice.cancel();
      if (was) return;
      const words = [...button.parentElement.children].filter((each) => each !== button);
      const said = new SpeechSynthesisUtterance(words.map((each) => each.textContent).join(". "));
      said.lang = document.documentElement.lang === "cy" ? "cy-GB" : "en-GB";
      said.onend = () => button.classList.remove("on");
      button.classList.add("on");
      voice.speak(said);
    });
  }
})();
