const urls = URLS;
const tried = [];
const attempt = (how, what) => { try { tried.push(how); what(); } catch (error) { /* refused */ } };
for (const url of urls) {
  const socket = url.replace(/^[a-z]+:/i, "ws:");
  attempt("fetch", () => fetch(url, {mode: "no-cors"}).catch(() => {}));
  attempt("beacon", () => navigator.sendBeacon(url, "x"));
  attempt("image", () => { new Image().src = url; });
  attempt("socket", () => new WebSocket(socket));
  attempt("events", () => new EventSource(url));
  attempt("frame", () => {
    const frame = document.createElement("iframe"); frame.src = url; document.body.append(frame); });
  attempt("script", () => {
    const one = document.createElement("script"); one.src = url; document.body.append(one); });
  attempt("prefetch", () => {
    for (const rel of ["prefetch", "preconnect", "dns-prefetch", "stylesheet", "preload"]) {
      const one = document.createElement("link"); one.rel = rel; one.href = url; one.as = "image";
      document.head.append(one); } });
}
const work = `for (const url of ${JSON.stringify(urls)}) {
  try { fetch(url, {mode: "no-cors"}).catch(() => {}) } catch {}
  try { importScripts(url) } catch {}
  try { new WebSocket(url.replace(/^[a-z]+:/i, "ws:")) } catch {} }`;
attempt("worker", () => new Worker(URL.createObjectURL(new Blob([work]))));
attempt("shared", () => new SharedWorker(URL.createObjectURL(new Blob([work]))));
attempt("service", () => navigator.serviceWorker.register("/worker.js").catch(() => {}));
attempt("peers", () => {
  const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:PORT"}]});
  peer.createDataChannel("x"); peer.createOffer().then((one) => peer.setLocalDescription(one)); });
attempt("transport", () => new WebTransport("https://127.0.0.1:PORT/"));
for (const path of ["/to-loopback", "/to-private"]) { fetch(path).catch(() => {}); new Image().src = path; }
fetch(`/tried/${urls.length}`);
