import createGroundwork from 'groundwork-core';
import { CoreError } from './errors';
import type { FromWorker, ToWorker } from './messages';
import { Server } from './serve';

/* A worker: one instance of the core, and the messages that reach it. What arrives before the core is there waits. */

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromWorker, transfer: Transferable[] = []): void =>
  scope.postMessage(message, transfer);

const server = createGroundwork().then(
  (module) => {
    post({ kind: 'loaded', version: module.version() });
    return new Server(module, post);
  },
  (thrown: unknown) => {
    const error = new CoreError({
      code: 'worker.load',
      message: `The computing part of the page could not be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      hint: 'Reload the page; if that does not help, use a current Firefox, Chrome, Edge or Safari.',
    });
    post({ kind: 'not loaded', error: error.fields });
    return null;
  },
);

scope.onmessage = (event: MessageEvent<ToWorker>) => {
  void server.then((ready) => ready?.receive(event.data));
};
