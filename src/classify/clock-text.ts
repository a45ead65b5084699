import type { CaptureClock, ClockSurvey } from "./clock-survey.ts";

/** What a reader of the times must know: clocks that are off. Empty where none is. */
export function clockNotes(survey: ClockSurvey): string[] {
  return survey.clocks.filter((clock) => clock.offsetNs !== 0).map(offsetText);
}

/** What could not be told of the clocks; empty where all were compared. */
export function clockDoubts(survey: ClockSurvey): string[] {
  const references = survey.clocks.filter((clock) => clock.found === undefined);
  if (references.length < 2) return [];
  const names = references.map((clock) => clock.input.name);
  const shown =
    names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  return [
    `the clocks of ${shown} could not be compared: too few packets were seen in both, or answered in the other; each capture's own times are used`,
  ];
}

function offsetText(clock: CaptureClock): string {
  const { input, found, offsetNs, reference } = clock;
  const way = offsetNs < 0 ? "ahead of" : "behind";
  const about = clock.exact ? "" : "about ";
  const packets = `${(found?.packets ?? 0).toLocaleString("en-US")} packets`;
  const how =
    found?.basis === "answers"
      ? `to ${durationText((found.highNs - found.lowNs) / 2)}, from ${packets} that answer the other's`
      : `${packets} seen in both`;
  return `${input.name} is ${about}${durationText(Math.abs(offsetNs))} ${way} ${reference} (${how}); times are those of ${reference}`;
}

/** "3.204 s", "7 min 0.000 s", "1 h 0 min 0.000 s", "0.25 ms". */
export function durationText(nanoseconds: number): string {
  if (nanoseconds < 1e7) return `${(nanoseconds / 1e6).toFixed(2)} ms`;
  const seconds = Math.round(nanoseconds / 1e6) / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${(seconds % 60).toFixed(3)} s`;
  if (hours > 0) return `${hours.toLocaleString("en-US")} h ${minutes} min ${rest}`;
  return minutes > 0 ? `${minutes} min ${rest}` : rest;
}
