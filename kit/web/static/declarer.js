/* The form of a declaration says when what was typed did not reach the platform, and is not left then without a question. */
(() => {
  const form = document.querySelector("form.step[hx-post]");
  if (!form || !window.htmx) return;
  let unsaved = false;
  let signedOut = false;
  const signIn = () => {
    const link = document.createElement("a");
    link.href = "/connexion";
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Se reconnecter dans un nouvel onglet";
    return link;
  };
  const say = (text) => {
    const line = form.querySelector("#etat p");
    if (!line) return;
    unsaved = true;
    line.parentElement.classList.add("etat-unsaved");
    line.textContent = `Non enregistré : ${text} Ce que vous avez écrit reste sur cette page.`;
    if (signedOut) line.append(" ", signIn());
  };
  const refused = (status) => {
    if (status === 401) return "votre session est terminée. Reconnectez-vous, puis revenez ici : la saisie s’enregistre d’elle-même.";
    if (status === 404) return "ce brouillon a été abandonné, ou n’est plus à votre organisation.";
    if (status === 422) return "une valeur ne peut pas être enregistrée. Cliquez « Enregistrer » pour savoir laquelle.";
    return "réessayez dans un instant avec « Enregistrer ».";
  };
  form.addEventListener("htmx:error", () => {
    signedOut = false;
    say("pas de réponse du serveur. Réessayez avec « Enregistrer » quand le réseau revient.");
  });
  form.addEventListener("htmx:before:swap", (event) => {
    const status = event.detail?.ctx?.response?.status;
    unsaved = false;
    signedOut = status === 401;
    if (status < 400) return;
    event.preventDefault();
    say(refused(status));
  });
  window.addEventListener("focus", () => { if (unsaved && signedOut) htmx.trigger(form, "change"); });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
})();
