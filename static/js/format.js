// Numbers and bytes as text.

const THIN_SPACE = "\u2009";

export function megabytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

export function counted(n, noun) {
  return `${String(n).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)} ${noun}${n === 1 ? "" : "s"}`;
}

export function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
