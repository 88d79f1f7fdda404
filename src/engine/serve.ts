/** The engine's side of the protocol: hosts a service for the process that forked this one. */
import { constants, setPriority } from 'node:os';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { EngineError, type JobOptions } from './engine';
import { methods, notices, type EngineSettings } from './protocol';
import { editMethods } from './protocol-edit';
import { evaluationMethods } from './protocol-evaluation';
import { providerMethods } from './protocol-providers';
import { trainingMethods, trainingNotices } from './protocol-training';
import { answer, openWire, tell, type WireLog } from './protocol-wire';
import type { Service } from './service/service';

/**
 * Serves until the parent is gone, then ends the process: an engine without an editor computes for nobody.
 * @param start makes the service when the settings are known
 */
export function serve(start: (settings: EngineSettings, log: WireLog) => Service): void {
  if (!process.connected) {
    process.stderr.write('The engine is started by Easel, not by hand; use `easel generate`.\n');
    process.exit(2);
  }
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL); // the editor stays quick while a picture is drawn
  // The process would end only after the running native call, but no step is started any more.
  process.on('disconnect', () => process.exit(0));
  openWire(process, log, (connection) => register(connection, start));
}

function register(connection: MessageConnection, start: (settings: EngineSettings, log: WireLog) => Service): void {
  let service: Service | null = null;
  const started = () => {
    if (!service) throw new EngineError('bad-request', 'the engine was asked before it was told its settings; this is a fault in Easel, report it');
    return service;
  };
  answer(connection, methods.initialize, async ({ settings }) => {
    if (service) throw new EngineError('bad-request', 'the engine has its settings already; this is a fault in Easel, report it');
    const created = start(settings, log);
    service = created;
    created.onDidChangeStatus = coalesced(async () => tell(connection, notices.status, await created.status(), log));
    return { pid: process.pid };
  });
  const told = (job: string, previews: boolean, signal: AbortSignal): JobOptions => ({
    signal,
    onProgress: (progress) => tell(connection, notices.progress, { job, progress }, log),
    ...(previews && { onPreview: (preview) => tell(connection, notices.preview, { job, preview }, log) }),
  });
  answer(connection, methods.generate, ({ job, request, previews }, signal) => started().generate(request, told(job, previews, signal)));
  answer(connection, methods.generateTogether, ({ job, requests, previews }, signal) => started().generateTogether(requests, told(job, previews, signal)));
  answer(connection, editMethods.edit, ({ job, request, previews }, signal) => started().edit(request, told(job, previews, signal)));
  answer(connection, evaluationMethods.evaluate, ({ job, request }, signal) => started().evaluate(request, told(job, false, signal)));
  answer(connection, trainingMethods.train, ({ job, request }, signal) =>
    started().train(request, {
      signal,
      onEvent: (event) => tell(connection, trainingNotices.trainEvent, { job, event }, log),
      onWaiting: (place) => tell(connection, trainingNotices.trainWaiting, { job, ...place }, log),
    }),
  );
  answer(connection, trainingMethods.controlTraining, ({ run, action }) => started().controlTraining(run, action));
  answer(connection, providerMethods.probe, ({ job, models }, signal) => started().probe(models, told(job, false, signal)));
  answer(connection, methods.status, () => started().status());
  answer(connection, methods.unload, async () => {
    await started().unload();
    return null;
  });
}

/** Several calls within one turn of the event loop become one. */
function coalesced(work: () => Promise<void>): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      void work();
    });
  };
}

/** stderr reaches the editor's log, and its end the message about a crash. */
function log(line: string): void {
  process.stderr.write(`${line}\n`);
}
