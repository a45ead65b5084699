import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

/**
 * Serves a page that calls another copy of itself by WebRTC, and carries their descriptions: started with an address,
 * a port, how long the call lasts in ms, and the file for what both browsers counted. Ends when both have told.
 */
const [address, port, duration, report] = process.argv.slice(2);

const PAGE = `<!doctype html><script>
const { searchParams } = new URL(location.href);
const role = searchParams.get("role");
const post = (path, value) => fetch(path, { method: "POST", body: JSON.stringify(value) });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
async function get(path) {
  for (;;) {
    const answer = await fetch(path);
    if (answer.status === 200) return answer.json();
    await wait(100);
  }
}
async function gathered(call) {
  while (call.iceGatheringState !== "complete") await wait(50);
  return call.localDescription;
}
async function main() {
  const relay = searchParams.get("relay");
  const servers = relay ? [{ urls: relay, username: "u", credential: "p" }] : [];
  const call = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: relay ? "relay" : "all" });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of media.getTracks()) call.addTrack(track, media);
  if (role === "caller") {
    await call.setLocalDescription(await call.createOffer());
    await post("/offer", await gathered(call));
    await call.setRemoteDescription(await get("/answer"));
  } else {
    await call.setRemoteDescription(await get("/offer"));
    await call.setLocalDescription(await call.createAnswer());
    await post("/answer", await gathered(call));
  }
  while (call.connectionState !== "connected") await wait(50);
  await wait(${Number(duration)});
  const stats = [...(await call.getStats()).values()].filter(({ type }) => /^(in|out)bound-rtp$/.test(type));
  await post("/stats-" + role, stats);
}
main().catch((error) => post("/stats-" + role, String(error)));
</script>`;

const kept = new Map();

const server = createServer((request, response) => {
  const path = new URL(request.url ?? "/", "http://server").pathname;
  if (request.method === "POST") {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      kept.set(path, body);
      response.end();
      if (kept.has("/stats-caller") && kept.has("/stats-called")) finish();
    });
  } else if (path === "/") {
    response.setHeader("Content-Type", "text/html");
    response.end(PAGE);
  } else {
    response.statusCode = kept.has(path) ? 200 : 204;
    response.end(kept.get(path));
  }
});

function finish() {
  writeFileSync(report, `{"caller":${kept.get("/stats-caller")},"called":${kept.get("/stats-called")}}`);
  process.exit(0);
}

server.listen(Number(port), address);
