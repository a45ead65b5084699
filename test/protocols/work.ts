/**
 * Bytes that were read one by one, moved or turned into text while `run` ran: how much work it was, the same on every
 * machine. Time would say less, and nothing on a busy one.
 */
export function workOf(run: () => void): number {
  const views = DataView.prototype;
  const arrays = Uint8Array.prototype;
  const { getUint8, getUint16, getUint32 } = views;
  const { copyWithin, set } = arrays;
  const { toString } = Buffer.prototype;
  let work = 0;
  views.getUint8 = function (this: DataView, at: number): number {
    work++;
    return getUint8.call(this, at);
  };
  views.getUint16 = function (this: DataView, at: number, little?: boolean): number {
    work++;
    return getUint16.call(this, at, little);
  };
  views.getUint32 = function (this: DataView, at: number, little?: boolean): number {
    work++;
    return getUint32.call(this, at, little);
  };
  arrays.copyWithin = function (this: Uint8Array, target: number, start: number, end?: number) {
    work += (end ?? this.length) - start;
    return copyWithin.call(this, target, start, end);
  };
  arrays.set = function (this: Uint8Array, from: ArrayLike<number>, offset?: number): void {
    work += from.length;
    set.call(this, from, offset);
  };
  Buffer.prototype.toString = function (this: Buffer, ...rest: []): string {
    work += this.length;
    return toString.apply(this, rest);
  };
  try {
    run();
  } finally {
    Object.assign(views, { getUint8, getUint16, getUint32 });
    Object.assign(arrays, { copyWithin, set });
    Buffer.prototype.toString = toString;
  }
  return work;
}
