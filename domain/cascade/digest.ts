/**
 * A JSON value as 16 hexadecimal digits. It tells two plans apart; it protects nothing. The hash is cyrb53 with
 * all of its 64 bits (https://github.com/bryc/code, public domain), since plans over years are long and 64-bit
 * arithmetic is slow.
 */
export const digest = (value: unknown): string => {
  const text = JSON.stringify(value);
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex(b) + hex(a);
};

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
