/** Entry of the forked engine, `dist/engine-child.cjs`: the real service, served. */
import { serve } from './serve';
import { createService } from './service';

serve((settings, log) => createService({ ...settings, log }));
