/**
 * A language model of one layer with random weights, in the file format of llama.cpp. Each byte is a token of it. It
 * knows nothing, and writes whatever the grammar of a JSON schema lets it write.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import type { Prng } from '../../src/std/prng.ts';

const WIDTH = 32;
const HEADS = 2;
const INNER = 64;
const BYTES = 256;
/** Unknown, begin and end of a text come before the bytes. */
const SPECIAL = 3;
const TOKENS = SPECIAL + BYTES + 1;
const ALIGNMENT = 32;
/** Of the format. */
const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const TOKEN = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;
const QUOTE = SPECIAL + 34;
/** Strings have no limit in the schema: without a bias a quote would end one after 250 characters. */
const QUOTE_BIAS = 3;

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const u64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
};
const f32 = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const pair = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([text(key), u32(type), value]);
const number = (key: string, value: number): Buffer => pair(key, TYPE.u32, u32(value));
const word = (key: string, value: string): Buffer => pair(key, TYPE.string, text(value));
const list = (key: string, type: number, items: readonly Buffer[]): Buffer =>
  pair(key, TYPE.array, Buffer.concat([u32(type), u64(items.length), ...items]));

interface Tensor {
  readonly name: string;
  /** Fastest first. */
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** `contextTokens`: as many bytes as a question and its answer may have. */
export function tinyModel(prng: Prng, contextTokens: number): Buffer {
  const random = (): number => (prng.float() - 0.5) * 0.4;
  const tensor = (name: string, ...shape: readonly number[]): Tensor => ({
    name,
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random),
  });
  const ones = (name: string): Tensor => ({ name, shape: [WIDTH], values: Array.from({ length: WIDTH }, () => 1) });
  // The first component is large in each token, so that a weight upon it is a bias.
  const embedding = tensor('token_embd.weight', WIDTH, TOKENS);
  const output = tensor('output.weight', WIDTH, TOKENS);
  const tensors: readonly Tensor[] = [
    { ...embedding, values: embedding.values.map((value, at) => (at % WIDTH === 0 ? 1 : value)) },
    { ...output, values: output.values.map((value, at) => (at === QUOTE * WIDTH ? QUOTE_BIAS / 4 : value)) },
    ones('output_norm.weight'),
    ones('blk.0.attn_norm.weight'),
    ones('blk.0.ffn_norm.weight'),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => tensor(`blk.0.${name}.weight`, WIDTH, WIDTH)),
    ...['ffn_gate', 'ffn_up'].map((name) => tensor(`blk.0.${name}.weight`, WIDTH, INNER)),
    tensor('blk.0.ffn_down.weight', INNER, WIDTH),
  ];
  const pairs = [
    word('general.architecture', 'llama'),
    word('general.name', 'tiny'),
    number('llama.context_length', contextTokens),
    number('llama.embedding_length', WIDTH),
    number('llama.block_count', 1),
    number('llama.feed_forward_length', INNER),
    number('llama.attention.head_count', HEADS),
    number('llama.attention.head_count_kv', HEADS),
    number('llama.rope.dimension_count', WIDTH / HEADS),
    pair('llama.attention.layer_norm_rms_epsilon', TYPE.f32, f32([1e-5])),
    ...vocabulary(),
  ];
  return file(pairs, tensors);
}

function vocabulary(): readonly Buffer[] {
  const bytes = Array.from({ length: BYTES }, (_, at) => `<0x${at.toString(16).toUpperCase().padStart(2, '0')}>`);
  // The last one is what this kind of tokenizer makes of a space.
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, '\u2581'];
  const types = [TOKEN.unknown, TOKEN.control, TOKEN.control, ...bytes.map(() => TOKEN.byte), TOKEN.normal];
  return [
    word('tokenizer.ggml.model', 'llama'),
    list('tokenizer.ggml.tokens', TYPE.string, tokens.map(text)),
    list(
      'tokenizer.ggml.scores',
      TYPE.f32,
      tokens.map(() => f32([0])),
    ),
    list('tokenizer.ggml.token_type', TYPE.i32, types.map(u32)),
    pair('tokenizer.ggml.add_space_prefix', TYPE.bool, Buffer.from([0])),
    number('tokenizer.ggml.unknown_token_id', 0),
    number('tokenizer.ggml.bos_token_id', 1),
    number('tokenizer.ggml.eos_token_id', 2),
  ];
}

function file(pairs: readonly Buffer[], tensors: readonly Tensor[]): Buffer {
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    infos.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    const bytes = padded(f32(values));
    data.push(bytes);
    offset += bytes.length;
  }
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(pairs.length), ...pairs, ...infos]);
  return Buffer.concat([padded(head), ...data]);
}

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
