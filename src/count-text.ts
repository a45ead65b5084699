/** 1048 is "1,048", in every locale. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** "1 packet", "1,048 packets"; the plural is the noun with an s unless it is given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
