/* The form of a declaration says when what was typed did not reach the platform, and is not left then without a question. */
(() => {
  const form = document.querySelector("form.step[hx-post]");
  if (!form || !window.htmx) return;
  let unsaved = false;
  const say = (text) => {
    const line = form.querySelector("#etat p");
    if (!line) return;
    unsaved = true;
    line.parentElement.classList.add("etat-unsaved");
    line.textContent = `Non enregistré : ${text} Ce que vous avez écrit reste sur cette page.`;
  };
  const refused = (status) => {
    if (status === 401) return "votre session est terminée. Reconnectez-vous dans un autre onglet, puis cliquez « Enregistrer ».";
    if (status === 404) return "ce brouillon a été abandonné, ou n’est plus à votre organisation.";
    if (status === 422) return "une valeur ne peut pas être enregistrée. Cliquez « Enregistrer » pour savoir laquelle.";
    return "réessayez dans un instant avec « Enregistrer ».";
  };
  form.addEventListener("htmx:error", () => say("pas de réponse du serveur. Réessayez avec « Enregistrer » quand le réseau revient."));
  form.addEventListener("htmx:before:swap", (event) => {
    const status = event.detail?.ctx?.response?.status;
    unsaved = false;
    if (status < 400) return;
    event.preventDefault();
    say(refused(status));
  });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
})();
