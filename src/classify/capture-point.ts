import type { CaptureInterface } from "../capture/interface.ts";

/** A place where packets were captured, during which the declared markers do not change their meaning. */
export interface CapturePoint {
  /** Index of the capture in the run. */
  readonly capture: number;
  readonly captureName: string;
  readonly interfaceIndex: number;
  readonly interfaceName: string | undefined;
  readonly interfaceDescription: string | undefined;
  /** True when its clock is finer than microseconds. */
  readonly fineClock: boolean;
  /** Second at which this point's span of time begins, -1 without a time: markers may hold from and to a date. */
  readonly since: number;
}

/** A capture's interface as a capture point. */
export function pointOf(
  card: Pick<CaptureInterface, "name" | "description" | "fineClock"> | undefined,
  capture: number,
  captureName: string,
  interfaceIndex: number,
): Omit<CapturePoint, "since"> {
  return {
    capture,
    captureName,
    interfaceIndex,
    interfaceName: card?.name,
    interfaceDescription: card?.description,
    fineClock: card?.fineClock ?? false,
  };
}
