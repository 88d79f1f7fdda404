/**
 * ComfyUI's `prompt` (the API graph: node id → class and inputs, an input being a value or a link `[node id, slot]`) as
 * A1111 infotext. There is no field "prompt" in a graph: the sampler is found, and its inputs are followed upstream.
 */
import { z } from 'zod';
import { foreignInfotext } from './foreign-infotext';

const Node = z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) });
const Graph = z.record(z.string(), Node);
const Link = z.tuple([z.union([z.string(), z.number()]), z.number()]);
type Graph = z.infer<typeof Graph>;
type Node = z.infer<typeof Node>;

const SAMPLERS: Readonly<Record<string, string>> = {
  ddim: 'DDIM', euler: 'Euler', euler_ancestral: 'Euler a', heun: 'Heun', dpmpp_2m: 'DPM++ 2M', dpmpp_2m_sde: 'DPM++ 2M SDE',
  dpmpp_sde: 'DPM++ SDE', uni_pc: 'UniPC', lcm: 'LCM',
};
const SCHEDULES: Readonly<Record<string, string>> = {
  normal: 'Uniform', karras: 'Karras', exponential: 'Exponential', sgm_uniform: 'SGM Uniform', beta: 'Beta',
};

const STRING_OR_NOT_A_NUMBER = /"(?:[^"\\]|\\.)*"|NaN|-?Infinity/gs;

/** `null` when the text is not an API graph with a sampler in it. */
export function comfyInfotext(text: string): string | null {
  const graph = parseGraph(text);
  if (!graph) return null;
  const sampler = Object.values(graph).find(({ inputs }) => isLink(inputs['positive']) && isLink(inputs['latent_image']));
  if (!sampler) return null;
  const { inputs } = sampler;
  const latent = upstream(graph, inputs['latent_image'], ({ inputs: i }) => typeof i['width'] === 'number' && typeof i['height'] === 'number');
  const checkpoint = upstream(graph, inputs['model'], ({ inputs: i }) => typeof i['ckpt_name'] === 'string' || typeof i['unet_name'] === 'string');
  const name = word(inputs['sampler_name']);
  const schedule = word(inputs['scheduler']);
  return foreignInfotext({
    prompt: promptOf(graph, inputs['positive']) + loras(graph, inputs['model']),
    negativePrompt: promptOf(graph, inputs['negative']),
    pairs: [
      ['Steps', number(inputs['steps'])],
      ['Sampler', name && (SAMPLERS[name] ?? name)],
      ['Schedule type', schedule && (SCHEDULES[schedule] ?? schedule)],
      ['CFG scale', number(inputs['cfg'])],
      ['Seed', seedOf(text, inputs['seed'] ?? inputs['noise_seed'])],
      ['Size', latent && `${String(latent.inputs['width'])}x${String(latent.inputs['height'])}`],
      ['Model', (word(checkpoint?.inputs['ckpt_name']) ?? word(checkpoint?.inputs['unet_name']))?.replace(/\.[^./\\]+$/, '')],
      ['Denoising strength', inputs['denoise'] === 1 ? undefined : number(inputs['denoise'])],
      ['Version', 'ComfyUI'],
    ],
  });
}

/** The text of the nearest encoder upstream; a text that is itself a link is followed to the node that holds it. */
function promptOf(graph: Graph, start: unknown): string {
  const keys = ['text', 'text_g', 't5xxl', 'string', 'value'];
  const holder = upstream(graph, start, ({ inputs }) => keys.some((key) => typeof inputs[key] === 'string'));
  return keys.map((key) => holder?.inputs[key]).find((value) => typeof value === 'string') ?? '';
}

function loras(graph: Graph, start: unknown): string {
  let found = '';
  upstream(graph, start, ({ inputs }) => {
    if (typeof inputs['lora_name'] === 'string') found += ` <lora:${inputs['lora_name'].replace(/\.[^./\\]+$/, '')}:${number(inputs['strength_model']) ?? 1}>`;
    return false;
  });
  return found;
}

/** The first node, breadth first against the links, for which `wanted` holds; a graph with a cycle ends too. */
function upstream(graph: Graph, start: unknown, wanted: (node: Node) => boolean): Node | undefined {
  const queue: unknown[] = [start];
  const seen = new Set<string>();
  for (const item of queue) {
    const link = Link.safeParse(item);
    if (!link.success) continue;
    const id = String(link.data[0]);
    const node = Object.hasOwn(graph, id) ? graph[id] : undefined;
    if (seen.has(id) || !node) continue;
    seen.add(id);
    if (wanted(node)) return node;
    queue.push(...Object.values(node.inputs));
  }
  return undefined;
}

/** Seeds reach 2^64 here; past 2^53 `JSON.parse` has rounded them, so the digits are taken from the text itself. */
function seedOf(text: string, value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  if (!Number.isFinite(value)) return undefined;
  const digits = [...text.matchAll(/"(?:noise_)?seed"\s*:\s*(\d+)/g)].map((match) => match[1]);
  return digits.find((candidate) => Number(candidate) === value) ?? String(BigInt(Math.round(value)));
}

function parseGraph(text: string): Graph | undefined {
  try {
    // ComfyUI writes Python's JSON, in which "is_changed" is often NaN or [NaN]; a text may say the same and is left alone.
    return Graph.safeParse(JSON.parse(text.replace(STRING_OR_NOT_A_NUMBER, (part) => (part.startsWith('"') ? part : 'null')))).data;
  } catch {
    return undefined;
  }
}

function isLink(value: unknown): boolean {
  return Link.safeParse(value).success;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
