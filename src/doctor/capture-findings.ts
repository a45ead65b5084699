import { clockDoubts, clockNotes } from "../classify/clock-text.ts";
import { unreadLinksText } from "../classify/unread-links.ts";
import { counted, grouped } from "../count-text.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import { type DiagnosisInput, finding, type Finding, type FindingState } from "./finding.ts";

/** A ClientHello with its name seldom needs more bytes of the packet than this. */
const NAME_BYTES = 600;

export function damage({ captures, run }: DiagnosisInput): Finding {
  const lines: string[] = [];
  for (const error of run.errors) lines.push(error.message);
  for (const capture of captures) {
    lines.push(...capture.problems.slice(0, 3));
    if (capture.problems.length > 3) lines.push(`${capture.shown}: ${capture.problems.length - 3} more`);
    if (capture.status !== "ok")
      lines.push(
        `${capture.shown} is ${capture.status}; ${counted(capture.skippedBytes, "byte")} passed over`,
      );
    for (const card of capture.interfaces)
      if ((card.dropped ?? 0) > 0)
        lines.push(
          `${capture.shown}${card.name === undefined ? "" : `, ${card.name}`}: lost ${counted(card.dropped ?? 0, "packet")} by its own count; what is missing is no proof of asymmetry`,
        );
    if (capture.packets === 0) lines.push(`${capture.shown} has no packets`);
  }
  for (const { shown, unreadLinks } of run.captures) {
    const unread = unreadLinksText(shown, unreadLinks);
    if (unread !== undefined) lines.push(unread);
  }
  const unreadable = run.captures.some(
    ({ packets, unreadLinks }) =>
      packets > 0 && unreadLinks.reduce((sum, link) => sum + link.packets, 0) === packets,
  );
  const broken = unreadable || run.errors.length > 0 || captures.some((capture) => capture.status !== "ok");
  return lines.length === 0
    ? finding("damage", "Damage and losses", "good", ["none known"])
    : finding("damage", "Damage and losses", broken ? "bad" : "mind", lines);
}

export function names({ captures, flows }: DiagnosisInput): Finding {
  const lines: string[] = [];
  let state: FindingState = "good";
  for (const capture of captures) {
    if (capture.cut === 0) continue;
    const shortest = capture.shortestCut ?? 0;
    lines.push(
      `${capture.shown}: ${counted(capture.cut, "packet")} of ${grouped(capture.packets)} cut, the shortest to ${counted(shortest, "byte")}`,
    );
    if (shortest < NAME_BYTES) state = "mind";
  }
  if (flows.nameless > 0)
    lines.push(
      `${flows.nameless} of ${counted(flows.named + flows.nameless, "encrypted Office 365 flow")} without a server name: ` +
        (lines.length > 0
          ? "capture whole packets (snap length 0)"
          : "begun before the capture, resumed, or the name is encrypted"),
    );
  if (state === "mind" && flows.nameless > 0 && flows.named === 0) state = "bad";
  if (lines.length === 0) lines.push("packets are whole");
  return finding("snap-length", "Length of packets, names of servers", state, lines);
}

export function visible({ captures }: DiagnosisInput): Finding | undefined {
  const packets = sum(captures, (capture) => capture.packets);
  const encrypted = sum(captures, (capture) => capture.encrypted);
  const notIp = sum(captures, (capture) => capture.notIp);
  const inFlows = sum(captures, (capture) => capture.inFlows);
  const tunnels = new Map<string, number>();
  for (const capture of captures)
    for (const [kind, count] of capture.tunnels) tunnels.set(kind, (tunnels.get(kind) ?? 0) + count);
  if (packets === 0) return undefined;
  const lines: string[] = [];
  let state: FindingState = "good";
  for (const [kind, count] of tunnels)
    lines.push(`${kind}: ${counted(count, "packet")} opened, the flows are those inside`);
  if (encrypted > 0) {
    lines.push(
      `IPsec: ${counted(encrypted, "packet")} whose content cannot be seen; capture before encryption`,
    );
    state = encrypted > packets / 2 ? "bad" : "mind";
  }
  if (notIp > packets / 2) {
    lines.push(`${grouped(notIp)} of ${counted(packets, "packet")} hold no IP that can be read`);
    state = "bad";
  }
  if (inFlows === 0) {
    lines.push("no TCP and no UDP at all");
    state = "bad";
  }
  if (lines.length === 0) lines.push("no tunnels, no IPsec");
  return finding("tunnels", "Tunnels and encryption", state, lines);
}

export function copies({ run }: DiagnosisInput): Finding {
  if (run.copies === 0) return finding("copies", "Packets seen more than once", "good", ["none"]);
  return finding("copies", "Packets seen more than once", "good", [
    `${counted(run.copies, "copy", "copies")} of ${counted(run.packets, "packet")} (mirrored ports, several taps), counted once`,
  ]);
}

export function clocks({ captures, run }: DiagnosisInput): Finding {
  const lines = [...clockNotes(run.clocks), ...clockDoubts(run.clocks)];
  let state: FindingState = lines.length > 0 ? "mind" : "good";
  for (const capture of captures) {
    if (capture.untimed > 0)
      lines.push(`${capture.shown}: ${counted(capture.untimed, "packet")} without a time`);
    if (capture.backInTime > 0)
      lines.push(
        `${capture.shown}: the clock goes back by a second or more ${counted(capture.backInTime, "time")}`,
      );
    if (capture.untimed > 0 || capture.backInTime > 0) state = "mind";
  }
  if (lines.length === 0)
    lines.push(captures.length > 1 ? "the captures' clocks agree" : "one capture, times in order");
  return finding("clocks", "Clocks", state, lines);
}

function sum(captures: readonly CaptureFacts[], of: (capture: CaptureFacts) => number): number {
  return captures.reduce((all, capture) => all + of(capture), 0);
}
