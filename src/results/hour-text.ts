// The last answer: flows that follow each other mostly begin within one hour, and a date costs more than all else that is counted.
let lastHour = Number.NaN;
let lastText = "";

/** Date and hour of a moment in seconds since 1970, UTC: `2026-11-28T09`. */
export function hourText(seconds: number): string {
  const hour = Math.floor(seconds / 3600);
  if (hour !== lastHour) {
    lastText = new Date(hour * 3_600_000).toISOString().slice(0, 13);
    lastHour = hour;
  }
  return lastText;
}
