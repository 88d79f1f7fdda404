/** What an edit is made with unless said. */
import { defaultNStart } from './edit-request';

/**
 * Guidance of the two sides. SD3's are FlowEdit's published ones; the icon family is trained at low guidance and small, and
 * falls apart beyond about 6 (measured by looking: see the README's command).
 * @param kind the model's kind, as `models/` says it
 */
export function editDefaults(kind: string, steps: number): { cfgFrom: number; cfgTo: number; nStart: number } {
  return { ...(kind === 'icon' ? { cfgFrom: 1.5, cfgTo: 4 } : { cfgFrom: 3.5, cfgTo: 13.5 }), nStart: defaultNStart(steps) };
}
