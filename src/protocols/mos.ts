/** Codec terms of the E-model (ITU-T G.107, G.113 appendix I). */
export interface Impairment {
  /** Equipment impairment without loss. */
  readonly ie: number;
  /** Robustness against loss. */
  readonly bpl: number;
}

/** G.711 without and with loss concealment, G.729A. */
export const G711: Impairment = { ie: 0, bpl: 4.3 };
const G711_CONCEALED: Impairment = { ie: 0, bpl: 25.1 };
export const G729A: Impairment = { ie: 11, bpl: 19 };

/** Rating of a perfect narrow-band connection with default values of every other term. */
const PERFECT = 93.2;
/** One-way delay above which conversation suffers, ms. */
const DELAY_KNEE_MS = 177.3;

/** Transmission rating R of ITU-T G.107, reduced to delay, loss and codec; `burstRatio` 1 is random loss. */
export function transmissionRating(
  oneWayMs: number,
  lossPercent: number,
  impairment: Impairment = G711_CONCEALED,
  burstRatio = 1,
): number {
  const { ie, bpl } = impairment;
  const delay = 0.024 * oneWayMs + (oneWayMs > DELAY_KNEE_MS ? 0.11 * (oneWayMs - DELAY_KNEE_MS) : 0);
  const loss = lossPercent <= 0 ? 0 : ((95 - ie) * lossPercent) / (lossPercent / burstRatio + bpl);
  return PERFECT - delay - ie - loss;
}

/**
 * Mean opinion score, 1 to 4.5, from one-way delay in ms and loss in percent (ITU-T G.107, annex B). There are no
 * published values for SILK, Opus or RTAudio, so that with the default codec terms it is a G.711-equivalent estimate.
 */
export function mosEstimate(
  oneWayMs: number,
  lossPercent: number,
  impairment: Impairment = G711_CONCEALED,
  burstRatio = 1,
): number {
  const r = transmissionRating(oneWayMs, lossPercent, impairment, burstRatio);
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  // Below about 6.5 the polynomial dips under 1.
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
