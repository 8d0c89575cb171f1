// Ticks at the door: kept on this phone first, sent when there is a network. Without this script each row has two buttons.
(() => {
  const list = document.querySelector("[data-pointage]");
  if (!list) return;
  const { to, key } = JSON.parse(list.dataset.pointage);
  const status = document.getElementById("pointage-etat");
  const counted = document.getElementById("pointage-compte");
  const read = () => JSON.parse(localStorage.getItem(key) ?? "{}");
  const write = (ticks) => localStorage.setItem(key, JSON.stringify(ticks));
  let sending = false;

  const say = () => {
    const waiting = Object.keys(read()).length;
    status.textContent = waiting
      ? `${waiting} pointage${waiting > 1 ? "s" : ""} gardé${waiting > 1 ? "s" : ""} sur cet appareil, envoi dès que le réseau revient.`
      : "Tous les pointages sont envoyés.";
  };
  const show = (row, present) => {
    row.dataset.present = present ? "oui" : "non";
    row.querySelectorAll("button[name=present]").forEach((button) =>
      button.setAttribute("aria-pressed", String((button.value === "oui") === present)));
    counted.textContent = list.querySelectorAll('[data-present="oui"]').length;
  };
  const send = async () => {
    const ticks = read();
    if (sending || !Object.keys(ticks).length) return say();
    sending = true;
    try {
      const answer = await fetch(to, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ticks: Object.entries(ticks).map(([participant, tick]) => ({ participant, ...tick })) }),
      });
      if (answer.ok) {
        const now = read();
        for (const [participant, tick] of Object.entries(ticks)) if (now[participant]?.at === tick.at) delete now[participant];
        write(now);
      }
    } catch {
      // no network: they stay here
    } finally {
      sending = false;
      say();
    }
  };

  list.addEventListener("submit", (event) => {
    const form = event.target.closest("form");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const present = event.submitter.value === "oui";
    write({ ...read(), [form.elements.participant.value]: { present, at: new Date().toISOString() } });
    show(form.closest("tr"), present);
    send();
  });
  for (const [participant, tick] of Object.entries(read())) {
    const row = document.getElementById(`p-${participant}`);
    if (row) show(row, tick.present);
  }
  const search = document.getElementById("pointage-recherche");
  search.closest("[hidden]").hidden = false;
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLocaleLowerCase("fr");
    for (const row of list.querySelectorAll("tbody tr[id]")) row.hidden = !row.textContent.toLocaleLowerCase("fr").includes(wanted);
  });
  addEventListener("online", send);
  setInterval(send, 15000);
  send();
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/openmap/hors-ligne.js", { scope: "/openmap/" }).catch(() => {});
    document.getElementById("pointage-effacer").addEventListener("click", async () => {
      (await navigator.serviceWorker.ready).active.postMessage("effacer");
      status.textContent = "La copie de cette liste est effacée de cet appareil.";
    });
  }
})();
