/** 1048 is "1,048", in every locale; for whole numbers below 10^21. */
export function grouped(count: number): string {
  // toLocaleString would load the data of all languages, which takes longer than the reading of a small capture.
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 packet", "1,048 packets"; the plural is the noun with an s unless it is given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
