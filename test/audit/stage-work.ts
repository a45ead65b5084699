import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planAudit } from "../../src/audit/plan.ts";
import { type AuditSettings, writeSettings } from "../../src/audit/settings.ts";
import { runSurvey, surveyTask } from "../../src/audit/survey.ts";
import type { AuditPlan, CaptureSurvey } from "../../src/audit/tasks.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import type { Site } from "../../src/site/site.ts";
import { at, milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { dnsQuery, dnsResponse } from "../support/payloads.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** When the captures begin. */
export const START: bigint = at("2026-03-05T09:00:00Z");
/** The same in seconds. */
export const FIRST: number = Number(START / 1_000_000_000n);
export const SITE: Site = loadSite(join(ROOT, "fixtures", "two-taps", "site.yaml"));

export const settings: AuditSettings = {
  site: SITE,
  history: loadEndpoints("worldwide", { userData: null }),
  asOf: undefined,
  timeouts: undefined,
  convergeSeconds: 150,
  maxFlows: undefined,
};

const scratch = temporaryFolder();
let count = 0;

/** A new folder. */
export function folder(): string {
  const path = join(scratch, `${count++}`);
  mkdirSync(path);
  return path;
}

/** A capture of lookups, one a second from `from` on, of as many clients; `name` is the file's. */
export function lookups(place: string, name: string, from: number, many: number): string {
  const tape = new Tape();
  for (let i = 0; i < many; i++) {
    new UdpConversation({
      client: { address: "10.1.2.3", port: 30_000 + from + i },
      server: { address: "10.1.0.53", port: 53 },
      start: START + milliseconds((from + i) * 1000),
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .send("client", dnsQuery(1 + i, `host-${from + i}.example.com`, 1))
      .send("server", dnsResponse(1 + i, { name: `host-${from + i}.example.com`, addresses: ["192.0.2.7"] }));
  }
  const path = join(place, name);
  writeFileSync(path, tape.pcap());
  return path;
}

export async function surveysOf(directory: string, paths: readonly string[]): Promise<CaptureSurvey[]> {
  const surveys: CaptureSurvey[] = [];
  for (const path of paths) surveys.push(await runSurvey(directory, await surveyTask(path)));
  return surveys;
}

export async function planOf(
  directory: string,
  paths: readonly string[],
  windowBytes = 1,
): Promise<AuditPlan> {
  return planAudit(directory, await surveysOf(directory, paths), {
    settings: await writeSettings(directory, settings),
    windowBytes,
  });
}

/** Names of the files in a folder and those below it. */
export function filesBelow(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}
