/** The pictures by which a copy of a model is judged: plain prompts that the model knows, one seed each. */
import { knownConcepts, type ModelFolder } from '../../models';
import { GenerateRequest, REQUEST_VERSION } from '../../prompt';

/** For models that do not say what they were taught. */
const PROMPTS = [
  'a photograph of an astronaut riding a horse', 'a bowl of fruit on a wooden table, oil painting',
  'a red heart icon on a white background', 'a mountain lake at sunset, highly detailed',
];

/** `count` requests with seeds from `firstSeed`, each complete, at the model's own size and guidance. */
export async function calibrationRequests(folder: ModelFolder, { count, steps, firstSeed = 1 }: { count: number; steps: number; firstSeed?: number }): Promise<GenerateRequest[]> {
  const prompts = await promptsOf(folder);
  const { width, height, guidanceScale } = folder.defaults;
  return Array.from({ length: count }, (_, i) =>
    GenerateRequest.parse({
      version: REQUEST_VERSION, prompt: prompts[(firstSeed + i) % prompts.length], negativePrompt: '', promptSyntax: 'plain', longPrompt: 'truncate',
      model: { id: folder.id, path: folder.dir }, adapters: [], width, height, steps, guidanceScale, guidanceRescale: 0,
      sampler: null, scheduleType: 'Automatic', eta: 0, clipSkip: 1, seed: String(firstSeed + i), rng: 'torch', init: null, mask: null, denoisingStrength: 0.75, index: 0,
      output: { path: 'nowhere', root: null, source: null, noise: null, saveLatents: null },
    }),
  );
}

/** Every concept a few places apart, colours and containers in turn: the words of the model's own captions. */
async function promptsOf(folder: ModelFolder): Promise<readonly string[]> {
  const known = await knownConcepts(folder);
  if (!known || known.concepts.length === 0) return PROMPTS;
  const colours = Object.keys(known.colours);
  const pick = (words: readonly string[], i: number) => words[i % Math.max(1, words.length)] ?? '';
  const stride = Math.max(1, Math.floor(known.concepts.length / 16));
  return Array.from({ length: 16 }, (_, i) => {
    const concept = known.concepts[(i * stride) % known.concepts.length]!.name;
    const container = pick(known.containers, i);
    const words = [pick(colours, i), concept, 'icon', ...(container === '' ? [] : ['on a', pick(colours, i + 3), container])];
    return words.filter((word) => word !== '').join(' ');
  });
}
