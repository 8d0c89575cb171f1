// Ticks at the door: kept on this phone first, sent when there is a network. Without this script each row has two buttons.
(() => {
  const list = document.querySelector("[data-pointage]");
  if (!list) return;
  const { to, key, below } = JSON.parse(list.dataset.pointage);
  const status = document.getElementById("pointage-etat");
  const counted = document.getElementById("pointage-compte");
  const newcomers = document.getElementById("sans-inscription");
  const read = () => JSON.parse(localStorage.getItem(key) ?? "{}");
  const write = (ticks) => localStorage.setItem(key, JSON.stringify(ticks));
  const readCame = () => JSON.parse(localStorage.getItem(`${key} venus`) ?? "[]");
  const writeCame = (came) => localStorage.setItem(`${key} venus`, JSON.stringify(came));
  let sending = false;

  const say = (trouble) => {
    const waiting = Object.keys(read()).length + readCame().length;
    status.textContent = waiting
      ? `${waiting} pointage${waiting > 1 ? "s" : ""} gardé${waiting > 1 ? "s" : ""} sur cet appareil, ${trouble ?? "envoi dès que le réseau revient."}`
      : "Tous les pointages sont envoyés.";
  };
  const show = (row, present) => {
    row.dataset.present = present ? "oui" : "non";
    row.querySelectorAll("button[name=present]").forEach((button) =>
      button.setAttribute("aria-pressed", String((button.value === "oui") === present)));
    counted.textContent = list.querySelectorAll('[data-present="oui"]').length;
  };
  const showAll = (people) => {
    const waiting = read();
    for (const [participant, present] of Object.entries(people)) {
      const row = document.getElementById(`p-${participant}`);
      if (row && !(participant in waiting)) show(row, present);
    }
  };
  const refusal = (answer) =>
    answer.status === 401 || answer.status === 403 || answer.redirected
      ? "mais votre session est finie : reconnectez-vous, rien n’est perdu."
      : "mais le site ne répond pas comme prévu : nouvel essai dans quelques secondes.";

  // Ticks of other phones come back with the answer; an empty parcel only asks for them.
  const sendTicks = async () => {
    const ticks = read();
    const answer = await fetch(to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ticks: Object.entries(ticks).map(([participant, tick]) => ({ participant, ...tick })) }),
    });
    if (!answer.ok) return refusal(answer);
    const now = read();
    for (const [participant, tick] of Object.entries(ticks)) if (now[participant]?.at === tick.at) delete now[participant];
    write(now);
    showAll((await answer.json()).people);
    return undefined;
  };
  const sendCame = async () => {
    for (const one of readCame()) {
      const answer = await fetch(newcomers.action, { method: "POST", body: new URLSearchParams(one) });
      if (!answer.ok) return answer.status === 422 ? `mais ${one.name} n’a pas pu être ajouté(e) : à saisir de nouveau.` : refusal(answer);
      writeCame(readCame().filter((other) => other.name !== one.name || other.organisation !== one.organisation));
    }
    return undefined;
  };
  const send = async () => {
    if (sending) return;
    sending = true;
    const had = Object.keys(read()).length + readCame().length;
    let trouble;
    try {
      trouble = (await sendTicks()) ?? (await sendCame());
      if (had && !trouble) await keep();
    } catch {
      // no network: they stay here
    } finally {
      sending = false;
      say(trouble);
    }
  };

  list.addEventListener("submit", (event) => {
    const form = event.target.closest("form");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const present = event.submitter.value === "oui";
    write({ ...read(), [form.elements.participant.value]: { present, at: new Date().toISOString() } });
    show(form.closest("tr"), present);
    say();
    send();
  });
  const showCame = (one) => {
    const line = document.createElement("li");
    line.textContent = `${one.name}, ${one.organisation}`;
    document.getElementById("venus").append(line);
  };
  newcomers.addEventListener("submit", (event) => {
    if (navigator.onLine) return; // with a network the page answers by itself
    event.preventDefault();
    const one = Object.fromEntries(new FormData(newcomers));
    writeCame([...readCame(), one]);
    showCame(one);
    newcomers.reset();
    say();
  });
  for (const [participant, tick] of Object.entries(read())) {
    const row = document.getElementById(`p-${participant}`);
    if (row) show(row, tick.present);
  }
  readCame().forEach(showCame);
  const search = document.getElementById("pointage-recherche");
  search.closest("[hidden]").hidden = false;
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLocaleLowerCase("fr");
    for (const row of list.querySelectorAll("tbody tr[id]")) row.hidden = !row.textContent.toLocaleLowerCase("fr").includes(wanted);
  });

  // The first visit is not seen by the worker, which starts after it: what the page is made of is fetched once more through it.
  const keep = async () => {
    if (!("serviceWorker" in navigator) || !navigator.serviceWorker.controller) return;
    const parts = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")].map((one) => one.href || one.src);
    const fonts = performance.getEntriesByType("resource").map((one) => one.name).filter((name) => new URL(name).pathname.startsWith("/static/"));
    const wanted = [...new Set([location.pathname, ...parts, ...fonts])];
    await Promise.all(wanted.map((one) => fetch(one, { credentials: "same-origin" })));
    document.documentElement.dataset.horsLigne = "prêt";
  };
  const offline = async () => {
    if (!("serviceWorker" in navigator)) return;
    try {
      await navigator.serviceWorker.register(`${below}hors-ligne.js`, { scope: below });
    } catch {
      return; // a browser that refuses workers still ticks as long as the page stays open
    }
    const erase = document.getElementById("pointage-effacer");
    erase.addEventListener("click", async () => {
      (await navigator.serviceWorker.ready).active.postMessage("effacer");
      status.textContent = "La copie de cette liste est effacée de cet appareil.";
    });
    if (!navigator.serviceWorker.controller)
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    await keep().catch(() => {});
  };
  addEventListener("online", send);
  setInterval(send, 15000);
  send();
  offline();
})();
