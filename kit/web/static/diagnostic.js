/* The diagnostic form says what became of each answer: being saved, saved, or not (no network, session over), and never leaves silently. */
(() => {
  const form = document.querySelector("[data-autosave]");
  if (!form || !window.htmx) return;
  const waiting = new Set();
  const question = (event) => event.target.closest && event.target.closest(".question");
  const say = (block, text, bad) => {
    const beside = block.querySelector(".saved");
    if (!beside) return;
    beside.querySelectorAll("p, .two-answers").forEach((old) => old.remove());
    const line = document.createElement("p");
    line.className = bad ? "field-error" : "saved-at";
    line.textContent = text;
    beside.append(line);
  };
  form.addEventListener("input", (event) => {
    const block = question(event);
    if (!block || event.target.closest(".two-answers")) return;
    waiting.add(block.id);
    say(block, "en cours…");
  });
  form.addEventListener("htmx:after:swap", () => {
    for (const id of [...waiting]) {
      const block = document.getElementById(id);
      if (!block || !block.querySelector(".saved .saved-at") || block.querySelector(".saved .saved-at").textContent !== "en cours…") waiting.delete(id);
    }
  });
  const failed = (event) => {
    const block = question(event);
    if (block) say(block, "Non enregistré : pas de réponse du serveur. Votre texte reste ici ; « Enregistrer » au bas de la page l’enverra.", true);
  };
  form.addEventListener("htmx:error", failed);
  form.addEventListener("htmx:before:swap", (event) => {
    const status = event.detail?.ctx?.response?.status;
    if (![401, 403, 500, 502, 503, 504].includes(status)) return;
    event.preventDefault();
    const block = question(event);
    if (block) say(block, status === 401 ? "Non enregistré : votre session est terminée. Gardez cette page, reconnectez-vous dans un autre onglet, puis « Enregistrer »." : "Non enregistré : réessayez dans un instant.", true);
  });
  form.addEventListener("submit", () => waiting.clear());
  window.addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });
})();
