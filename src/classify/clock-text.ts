import { grouped } from "../count-text.ts";
import type { CaptureClock, ClockSurvey } from "./clock-survey.ts";

/** What a reader of the times must know: clocks that are off. Empty where none is. */
export function clockNotes(survey: ClockSurvey): string[] {
  const off = survey.clocks.filter((clock) => !clock.line.isZero);
  const rotated = off.filter(({ found }) => found?.basis === "rotation");
  const notes = off.filter((clock) => !rotated.includes(clock)).map(offsetText);
  if (rotated.length > 0)
    notes.push(
      `${namesText(rotated)}: put right as the file before or after, which the same tap wrote by its name and time`,
    );
  return notes;
}

/** What could not be told of the clocks; empty where all were compared. */
export function clockDoubts(survey: ClockSurvey): string[] {
  const references = survey.clocks.filter((clock) => clock.found === undefined);
  if (references.length < 2) return [];
  return [
    `the clocks of ${namesText(references)} could not be compared: too few packets were seen in both, or answered in the other; each capture's own times are used`,
  ];
}

function namesText(clocks: readonly CaptureClock[]): string {
  const names = clocks.map(({ input }) => input.shown ?? input.name);
  return names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
}

function offsetText(clock: CaptureClock): string {
  const { input, found, offsetNs, reference } = clock;
  const about = clock.exact ? "" : "about ";
  const packets = `${grouped(found?.packets ?? 0)} packets`;
  const how =
    found?.basis === "answers"
      ? `to ${durationText((found.highNs - found.lowNs) / 2)}, from ${packets} that answer the other's`
      : `${packets} seen in both`;
  return `${input.shown ?? input.name} is ${about}${wayText(offsetNs)} ${reference}${driftText(clock)} (${how}); times are those of ${reference}`;
}

function wayText(offsetNs: number): string {
  return `${durationText(Math.abs(offsetNs))} ${offsetNs < 0 ? "ahead of" : "behind"}`;
}

/** Where the clock runs off: what it is in the end. */
function driftText({ line }: CaptureClock): string {
  const last = line.anchors.at(-1);
  return line.anchors.length < 2 || last === undefined
    ? ""
    : ` at first and ${wayText(last.offsetNs)} it in the end`;
}

/** A span of nanoseconds: "3.204 s", "7 min 0.000 s", "1 h 0 min 0.000 s", "0.25 ms". */
function durationText(nanoseconds: number): string {
  if (nanoseconds < 1e7) return `${(nanoseconds / 1e6).toFixed(2)} ms`;
  const seconds = Math.round(nanoseconds / 1e6) / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${(seconds % 60).toFixed(3)} s`;
  if (hours > 0) return `${grouped(hours)} h ${minutes} min ${rest}`;
  return minutes > 0 ? `${minutes} min ${rest}` : rest;
}
