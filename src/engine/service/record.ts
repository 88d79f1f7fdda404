/** What a picture says about itself: the `parameters` and `easel` chunks of its PNG. */
import { isAbsolute, relative, sep } from 'node:path';
import { version } from '../../../package.json';
import { EASEL_RECORD_VERSION, encodeEaselRecord, type EaselRecord } from '../../image/metadata';
import { canonicalEdit, canonicalRequest, formatInfotext, parseInfotext, printInfotext, type CanonicalRequest, type EditRequest, type GenerateRequest } from '../../prompt';
import type { EngineFacts } from './drawer';

/**
 * The chunks by keyword. Only what two runs on one machine share goes in (no times, no Node version): the same request
 * gives the same bytes from the editor and from the command line.
 * @param request with every SHA-256 filled in
 * @param emphasis how prompt weights acted, if there were any
 */
export function textChunks(request: GenerateRequest, facts: EngineFacts, emphasis: string | null): { parameters: string; easel: string } {
  return { parameters: formatInfotext(request), easel: recordOf(canonicalRequest(request), request.output, facts, emphasis) };
}

/** The same for an edited picture: what it was edited from by SHA-256 (`init`), and how. */
export function editChunks(edit: EditRequest, facts: EngineFacts, emphasis: string | null): { parameters: string; easel: string } {
  const { target, source, nStart } = edit;
  const infotext = parseInfotext(formatInfotext(target));
  const parameters: [string, string][] = [...infotext.parameters, ['Edited from', source.prompt], ['Edit CFG scale', String(source.guidanceScale)], ['Edit steps', String(nStart)]];
  return { parameters: printInfotext({ ...infotext, parameters }), easel: recordOf(canonicalEdit(edit), target.output, facts, emphasis) };
}

function recordOf(request: CanonicalRequest, { source, root }: GenerateRequest['output'], facts: EngineFacts, emphasis: string | null): string {
  const record: EaselRecord = {
    version: EASEL_RECORD_VERSION,
    request,
    ...(emphasis !== null && { emphasis }),
    source: source && { block: source.block, file: portable(source.file, root) },
    engine: { easel: version, ...facts },
  };
  return encodeEaselRecord(record);
}

/** A path that names nobody's home: relative to the root, with `/`; outside it, the file's name alone. */
function portable(file: string, root: string | null): string {
  const inside = root !== null && isAbsolute(file) ? relative(root, file) : file;
  const leavesRoot = isAbsolute(inside) || inside.split(/[\\/]/)[0] === '..';
  return leavesRoot ? (file.split(/[\\/]/).at(-1) ?? file) : inside.split(sep).join('/');
}
