/**
 * The protocol's messages on a fork's IPC channel: typed asking, answering, telling and hearing, each parsed by its
 * schema on the receiving side. A message that is not one of ours is refused with a line in the log; it never throws.
 */
import type { ChildProcess } from 'node:child_process';
import {
  createMessageConnection, ErrorCodes, IPCMessageReader, IPCMessageWriter, ResponseError,
  type CancellationToken, type Message, type MessageConnection, type MessageReader,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { EngineError } from './engine';
import { ENGINE_ERROR, Envelope, ErrorData, type Method, type Notice } from './protocol';

/** One line per thing that was refused or failed on the wire. */
export type WireLog = (line: string) => void;

/** A JSON-RPC connection over a fork's channel that only lets well-formed messages through. Starts listening. */
export function openWire(port: NodeJS.Process | ChildProcess, log: WireLog, prepare: (connection: MessageConnection) => void): MessageConnection {
  const writer = new IPCMessageWriter(port);
  const refuse = (message: unknown, why: string) => {
    log(`refused a malformed message: ${why}`);
    const asked = z.object({ id: z.union([z.string().max(200), z.int()]), method: z.unknown().refine((name) => name !== undefined) }).safeParse(message);
    if (!asked.success) return;
    const error = { code: ErrorCodes.InvalidRequest, message: `malformed message: ${why}` };
    writer.write({ jsonrpc: '2.0', id: asked.data.id, error } as Message).catch(() => log('a refusal could not be sent'));
  };
  const connection = createMessageConnection(guarded(new IPCMessageReader(port), refuse), writer, { error: log, warn: log, info: () => {}, log: () => {} });
  connection.onError(([error]) => log(`the channel failed: ${error.message}`));
  connection.onUnhandledNotification((message) => log(`ignored an unknown notice "${message.method.slice(0, 80)}"`));
  prepare(connection);
  connection.listen();
  return connection;
}

/** Asks; resolves to the parsed answer, rejects with the `EngineError` that the other side named. */
export async function ask<P extends z.ZodType, R extends z.ZodType>(
  connection: MessageConnection, { name, result }: Method<P, R>, params: z.input<P>, token?: CancellationToken,
): Promise<z.output<R>> {
  const answer: unknown = await connection.sendRequest(name, params, token).catch((error: unknown) => {
    throw fromWire(error);
  });
  const parsed = result.safeParse(answer);
  if (!parsed.success) throw new EngineError('failed', `the engine answered ${name} with something else (${oneLine(parsed.error)}); reinstall Easel`);
  return parsed.data;
}

/** Answers `method` with `handler`; its `signal` aborts when the asker cancels. */
export function answer<P extends z.ZodType, R extends z.ZodType>(
  connection: MessageConnection, { name, params }: Method<P, R>, handler: (params: z.output<P>, signal: AbortSignal) => Promise<z.input<R>>,
): void {
  connection.onRequest(name, async (given: unknown, token: CancellationToken | undefined) => {
    const parsed = params.safeParse(given);
    if (!parsed.success) throw new ResponseError(ErrorCodes.InvalidParams, `${name} was asked wrongly: ${oneLine(parsed.error)}`);
    const cancel = new AbortController();
    const watch = token?.onCancellationRequested(() => cancel.abort());
    if (token?.isCancellationRequested) cancel.abort();
    try {
      return await handler(parsed.data, cancel.signal);
    } catch (error) {
      throw toWire(error);
    } finally {
      watch?.dispose();
    }
  });
}

/** Tells; a notice that cannot be sent (the other side is gone) is only logged. */
export function tell<P extends z.ZodType>(connection: MessageConnection, { name }: Notice<P>, params: z.input<P>, log: WireLog): void {
  connection.sendNotification(name, params).catch((error: unknown) => log(`${name} could not be sent: ${String(error)}`));
}

/** Hears `notice`; what does not fit its schema is dropped with a line in the log. */
export function hear<P extends z.ZodType>(connection: MessageConnection, { name, params }: Notice<P>, handler: (params: z.output<P>) => void, log: WireLog): void {
  connection.onNotification(name, (given: unknown) => {
    const parsed = params.safeParse(given);
    if (parsed.success) handler(parsed.data);
    else log(`dropped a malformed ${name}: ${oneLine(parsed.error)}`);
  });
}

function guarded(reader: IPCMessageReader, refuse: (message: unknown, why: string) => void): MessageReader {
  return {
    onError: reader.onError,
    onClose: reader.onClose,
    onPartialMessage: reader.onPartialMessage,
    dispose: () => reader.dispose(),
    listen: (callback) =>
      reader.listen((message) => {
        const parsed = Envelope.safeParse(message);
        if (parsed.success) callback(message);
        else refuse(message, 'not JSON-RPC 2.0');
      }),
  };
}

function toWire(error: unknown): ResponseError<unknown> {
  if (error instanceof EngineError) return new ResponseError(ENGINE_ERROR, error.message, { code: error.code });
  return new ResponseError(ErrorCodes.InternalError, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function fromWire(error: unknown): unknown {
  if (!(error instanceof ResponseError)) return error;
  const data = ErrorData.safeParse(error.data);
  if (data.success) return new EngineError(data.data.code, error.message);
  const code = error.code === ErrorCodes.InvalidParams || error.code === ErrorCodes.InvalidRequest ? 'bad-request' : 'failed';
  return new EngineError(code, error.message.split('\n')[0] ?? '', { cause: error });
}

/** A schema's complaint in one line: where and what, the first three. */
function oneLine(error: z.ZodError): string {
  return error.issues.slice(0, 3).map(({ path, message }) => (path.length ? `${path.join('.')}: ${message}` : message)).join('; ').slice(0, 300);
}
