import type { CapturePoint } from "../classify/links.ts";
import { pointOf } from "../classify/links.ts";
import { demandJson } from "./stage-files.ts";
import type { CaptureCard, PlannedCapture } from "./tasks.ts";

/** Interfaces of captures, by their surveys. */
export class Cards {
  readonly #captures: readonly PlannedCapture[];
  readonly #cards: readonly (readonly CaptureCard[])[];

  private constructor(captures: readonly PlannedCapture[], cards: readonly (readonly CaptureCard[])[]) {
    this.#captures = captures;
    this.#cards = cards;
  }

  static async read(directory: string, captures: readonly PlannedCapture[]): Promise<Cards> {
    const cards: CaptureCard[][] = [];
    for (const { survey } of captures)
      cards.push(await demandJson<CaptureCard[]>(directory, `survey/${survey}.cards`));
    return new Cards(captures, cards);
  }

  /** A capture's interface as a capture point. */
  pointOf(capture: number, interfaceIndex: number): Omit<CapturePoint, "since"> {
    const card = this.#cards[capture]?.[interfaceIndex];
    return pointOf(card, capture, this.#captures[capture]?.name ?? "", interfaceIndex);
  }
}
