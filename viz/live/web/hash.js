// The whole state in the address: JSON, compressed, in base64 for addresses. What it holds was
// perhaps written by somebody else: it is data, which Python checks, and texts.
import { say } from "./words.js";

const LONGEST = 60_000;
const LARGEST = 400_000;

async function through(bytes, stream, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const pieces = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(say("hash.large"));
    }
    pieces.push(value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

export async function packed(content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const small = await through(bytes, new CompressionStream("deflate-raw"), LARGEST);
  let signs = "";
  for (const byte of small) signs += String.fromCharCode(byte);
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function read(signs) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(signs), (sign) => sign.charCodeAt(0));
  } catch {
    throw new Error(say("hash.damaged"));
  }
  const whole = await through(bytes, new DecompressionStream("deflate-raw"), LARGEST);
  try {
    return JSON.parse(new TextDecoder().decode(whole));
  } catch {
    throw new Error(say("hash.damaged"));
  }
}

// null for an address without a state; an Error for one that cannot be read.
export async function unpacked(hash) {
  const given = hash.replace(/^#/, "");
  if (!given) return null;
  if (/^scene-[1-9]$/.test(given)) return { scene: +given.slice(6) - 1 };
  if (given.length > LONGEST) throw new Error(say("hash.long"));
  const content = await read(given.replaceAll("-", "+").replaceAll("_", "/"));
  if (content === null || typeof content !== "object") throw new Error(say("hash.empty"));
  return content;
}
