import type { MapTask, PlannedCapture } from "./tasks.ts";

/**
 * The captures that a map task numbers in what it writes: those of its window, then those that it learned from alone.
 */
export function numberedCaptures({
  captures,
  lessons,
}: Pick<MapTask, "captures" | "lessons">): PlannedCapture[] {
  const inside = new Set(captures.map(({ survey }) => survey));
  return [...captures, ...lessons.filter(({ survey }) => !inside.has(survey))];
}
