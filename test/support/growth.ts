const TRIES = 5;

/**
 * How many times longer `run` takes for four times the size: about 4 where time grows with the size, 16 where it grows with
 * the square. Processor time, the least of some tries in turn, since a machine may be slow or busy, but is so for both.
 */
export async function growthOf(run: (size: number) => unknown, size: number): Promise<number> {
  const least = { one: Infinity, four: Infinity };
  const cost = async (of: number): Promise<number> => {
    const before = process.cpuUsage();
    await run(of);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  await run(size);
  for (let i = 0; i < TRIES; i++) {
    least.one = Math.min(least.one, await cost(size));
    least.four = Math.min(least.four, await cost(4 * size));
  }
  return least.four / least.one;
}

/** Between the growth of a line and that of a square. */
export const SQUARE = 10;
