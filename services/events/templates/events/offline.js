// Keeps the page of the door, and what it needs, for when there is no network. Only that page: nothing else is stored.
const KEPT = "accueil-v1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const mine = url.origin === location.origin && (/^\/(openmap|agenda)\/[^/]+\/accueil$/.test(url.pathname) || url.pathname.startsWith("/static/"));
  if (event.request.method !== "GET" || !mine) return;
  event.respondWith(
    fetch(event.request)
      .then(async (answer) => {
        if (answer.ok) (await caches.open(KEPT)).put(event.request, answer.clone());
        return answer;
      })
      .catch(async () => (await caches.match(event.request)) ?? Response.error()),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "effacer") event.waitUntil(caches.delete(KEPT));
});
