/** What stands for an object that is written once for all its places: its number in the list. */
const MARK = "$";

interface Packed {
  /** Objects with more than one place; each names only those before it. */
  readonly shared: readonly unknown[];
  readonly value: unknown;
}

/**
 * JSON that writes an object or array once where it is the same one in many places: the tasks of a plan name the same
 * captures over and over. No object has a member "$".
 */
export function sharedJson(value: unknown): string {
  const places = new Map<object, number>();
  const count = (item: unknown): void => {
    if (typeof item !== "object" || item === null) return;
    const known = places.get(item) ?? 0;
    places.set(item, known + 1);
    if (known === 0) Object.values(item).forEach(count);
  };
  count(value);
  const shared: unknown[] = [];
  const numbers = new Map<object, number>();
  const pack = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    const number = numbers.get(item);
    if (number !== undefined) return { [MARK]: number };
    const packed: unknown = Array.isArray(item)
      ? item.map(pack)
      : Object.fromEntries(Object.entries(item).map(([name, member]) => [name, pack(member)]));
    if (places.get(item) === 1) return packed;
    numbers.set(item, shared.push(packed) - 1);
    return { [MARK]: shared.length - 1 };
  };
  const whole = pack(value);
  return JSON.stringify({ shared, value: whole } satisfies Packed);
}

/** The value of such a text, parsed; objects with many places are one object again. What was not packed is itself. */
export function unshared(parsed: unknown): unknown {
  if (!isPacked(parsed)) return parsed;
  const shared: unknown[] = [];
  const unpack = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if (Array.isArray(item)) return item.map(unpack);
    const number = (item as Record<string, unknown>)[MARK];
    if (typeof number === "number") return shared[number];
    return Object.fromEntries(Object.entries(item).map(([name, member]) => [name, unpack(member)]));
  };
  for (const item of parsed.shared) shared.push(unpack(item));
  return unpack(parsed.value);
}

function isPacked(value: unknown): value is Packed {
  return typeof value === "object" && value !== null && "shared" in value && Array.isArray(value.shared);
}
