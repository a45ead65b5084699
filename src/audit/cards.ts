import { readFileSync } from "node:fs";
import { type CapturePoint, pointOf } from "../classify/capture-point.ts";
import { AuditError } from "./audit-error.ts";
import { placeOf } from "./layout.ts";
import type { CaptureCard, PlannedCapture } from "./tasks.ts";

/** Interfaces of captures, by their surveys; those of a capture are read when a packet of it comes. */
export class Cards {
  readonly #directory: string;
  readonly #captures: readonly PlannedCapture[];
  readonly #cards: (readonly CaptureCard[] | undefined)[] = [];

  constructor(directory: string, captures: readonly PlannedCapture[]) {
    this.#directory = directory;
    this.#captures = captures;
  }

  /** A capture's interface as a capture point. */
  pointOf(capture: number, interfaceIndex: number): Omit<CapturePoint, "since"> {
    const { name = "", survey } = this.#captures[capture] ?? {};
    const cards = survey === undefined ? [] : (this.#cards[capture] ??= this.#read(survey));
    return pointOf(cards[interfaceIndex], capture, name, interfaceIndex);
  }

  #read(survey: string): readonly CaptureCard[] {
    const place = placeOf(this.#directory, `survey/${survey}.cards`);
    try {
      return JSON.parse(readFileSync(place, "utf8")) as CaptureCard[];
    } catch (error) {
      const why = error instanceof SyntaxError ? "is broken" : "cannot be read";
      throw new AuditError(`${place} ${why}: delete it and its .json, and run the audit again`);
    }
  }
}
