/** Values of RFC 3550 and of the E-model. */

/** One-way delay in ms, loss in percent, Ie, Bpl; R and MOS (ITU-T G.107, reduced). */
export const E_MODEL: readonly (readonly [number, number, number, number, number, number])[] = [
  [0, 0, 0, 4.3, 93.2, 4.4093],
  [20, 0, 0, 4.3, 92.72, 4.3998],
  [150, 0, 0, 4.3, 89.6, 4.3291],
  [200, 0, 0, 4.3, 85.903, 4.2262],
  [20, 1, 0, 4.3, 74.7955, 3.8131],
  [20, 1, 0, 25.1, 89.0802, 4.3158],
  [20, 5, 0, 25.1, 76.9393, 3.9033],
  [400, 5, 0, 25.1, 43.3223, 2.2296],
  [50, 2, 11, 19, 73, 3.7344],
];

/** RFC 3550, A.8, worked out: arrivals in ms, time stamps at 8000 Hz, jitter in ms after each packet. */
export const JITTER = {
  clock: 8000,
  arrivalsMs: [0, 20, 45, 60, 85, 100, 120, 170, 180, 200],
  timestamps: [0, 160, 320, 480, 640, 800, 960, 1120, 1280, 1440],
  jitterMs: [0, 0, 0.3125, 0.605469, 0.880127, 1.137619, 1.066518, 2.87486, 3.320182, 3.11267],
  finalTicks: 24.901363,
} as const;

/** RFC 3550, A.1 and A.3: wrap at 65535 with 0 and 4 missing, 3 twice, 5 after 6. */
export const LOSS = {
  sequences: [65533, 65534, 65535, 1, 2, 3, 3, 6, 5],
  base: 65533,
  highest: 65542,
  expected: 10,
  unique: 8,
  lost: 2,
  duplicates: 1,
  reordered: 1,
} as const;
