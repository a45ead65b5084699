/**
 * Another 32 bits in each run: hashes that begin with them put made-up keys into no place that somebody could foresee. Only
 * where something lies in a table may depend on them, never what is said of it.
 */
export const RUN_SEED: number = Math.trunc(Math.random() * 2 ** 32) | 0;
