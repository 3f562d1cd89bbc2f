/** Draws the toolbar icons: a figure that bows, white on blue. Run `node icons/draw.mjs` after a change of shape. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

const SIZES = [16, 32, 48, 128];
/** Samples per pixel and side: edges come out smooth without a drawing library. */
const SAMPLES = 6;
const FIELD = [31, 78, 163];
const FIGURE = [255, 255, 255];

/** Distance from (x, y) to the segment a-b, all on a unit square. */
function toSegment(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

/** Inside the rounded square that carries the figure. */
function inField(x, y) {
  const radius = 0.22;
  const dx = Math.max(Math.abs(x - 0.5) - (0.5 - radius), 0);
  const dy = Math.max(Math.abs(y - 0.5) - (0.5 - radius), 0);
  return Math.hypot(dx, dy) <= radius;
}

/** Inside the figure: a head, a bowed back, one leg straight and one set behind. */
function inFigure(x, y) {
  return (
    Math.hypot(x - 0.73, y - 0.36) <= 0.115 ||
    toSegment(x, y, [0.57, 0.4], [0.4, 0.5]) <= 0.075 ||
    toSegment(x, y, [0.4, 0.5], [0.47, 0.82]) <= 0.062 ||
    toSegment(x, y, [0.4, 0.5], [0.22, 0.8]) <= 0.062
  );
}

function pixels(size) {
  const rows = [];
  for (let row = 0; row < size; row += 1) {
    const line = Buffer.alloc(1 + size * 4);
    for (let column = 0; column < size; column += 1) {
      let field = 0;
      let figure = 0;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
        const x = (column + ((sample % SAMPLES) + 0.5) / SAMPLES) / size;
        const y = (row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / size;
        if (!inField(x, y)) continue;
        field += 1;
        if (inFigure(x, y)) figure += 1;
      }
      const share = field === 0 ? 0 : figure / field;
      const colour = FIELD.map((channel, index) => Math.round(channel + (FIGURE[index] - channel) * share));
      line.set([...colour, Math.round((255 * field) / (SAMPLES * SAMPLES))], 1 + column * 4);
    }
    rows.push(line);
  }
  return Buffer.concat(rows);
}

const CRC_TABLE = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "ascii"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png(size) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(pixels(size), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

for (const size of SIZES) await writeFile(join(import.meta.dirname, `${size}.png`), png(size));
